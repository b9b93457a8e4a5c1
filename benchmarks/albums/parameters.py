"""Every assumption about simulated albums: one number a line, and the reason for it.

Set before anything was fitted, and not changed since; `evidence.py --vary` halves and doubles each of them.
"""

from dataclasses import dataclass, fields, replace


@dataclass(frozen=True)
class Parameters:
    """Shares are of 0 to 1; counts and lengths that end in `_mean` are means of random ones."""

    # What is visited
    trips_mean: float = 3.0  # a family's folder of one or two years
    days_per_trip_mean: float = 5.0  # from a weekend to two weeks
    regions_per_trip_mean: float = 1.4  # most trips stay in one region; a round trip flies once or twice
    region_km: float = 150.0  # what is reached by car in a day and back
    towns_per_region: float = 8.0  # that people stop at, beside what is famous
    stops_per_day_mean: float = 3.0  # morning, noon, afternoon
    known_region_share: float = 0.8  # trips near a landmark that the model knows: those are what people tag albums for
    known_stop_share: float = 0.45  # of the stops there; the rest are towns, beaches, restaurants, other landmarks
    home_near_known_share: float = 0.15  # few people live by a famous landmark
    home_days_between_trips: float = 6.0  # birthdays, gardens: days with photos between trips
    photos_per_home_day_mean: float = 5.0  # fewer than on a trip

    # When
    photos_per_known_stop_mean: float = 14.0  # a landmark is walked around
    photos_per_other_stop_mean: float = 7.0  # other stops are shorter
    gap_min_mean: float = 3.0  # between two photos of one stop: an hour or less at a place
    burst_share: float = 0.15  # photos that are followed by more within seconds
    burst_photos_mean: float = 2.0  # phones hold three at most of what is pressed twice
    drive_km_h: float = 55.0  # door to door, by car or train
    detour: float = 1.3  # roads against straight lines
    flight_km_h: float = 700.0  # with climbing and taxiing
    airport_h: float = 4.0  # from town to town, beside the flight
    pause_min_mean: float = 40.0  # meals and rests between two stops, beside the way
    on_the_way_share: float = 0.3  # drives with a photo on the way

    # What is shown
    shows_known_share: float = 0.75  # photos of a known stop that show its landmark; in all, 20 to 35 % of an album
    building_share: float = 0.35  # of the others: buildings and landscapes like landmarks; the rest objects, animals
    poster_share: float = 0.004  # posters, magnets, television, models in shop windows: a few in a thousand
    model_village_share: float = 0.1  # albums with a stop at a park of models, or a museum of casts
    model_village_photos_mean: float = 8.0  # of several landmarks, within an hour
    screenshot_share: float = 0.015  # phones' folders hold some
    screenshot_known_share: float = 0.1  # of them that show a known landmark: tickets, maps, search results
    messenger_share: float = 0.03  # received or sent by a messenger: no camera, no time

    # Where it is taken from
    view_km_mean: float = 0.15  # beyond the landmark's edge: across a square, from the gate
    tower_afar_share: float = 0.1  # photos of towers and hills that are taken from elsewhere in town
    tower_afar_km: float = 4.0  # the farthest; log-uniform from 0.4 km
    wander_km: float = 0.08  # between photos of one stop
    gps_noise_km: float = 0.012  # a phone under the open sky
    gps_stale_share: float = 0.005  # a phone writes the place of an hour ago before it has a new fix

    # Cameras
    stripped_phone_share: float = 0.5  # albums with a phone whose positions are off, or were removed by sharing
    compact_share: float = 0.7  # albums with a camera that knows no zone
    twin_share: float = 0.25  # albums with two phones of one model, without serial numbers
    twin_stays_home_share: float = 0.4  # trips that only one of the two goes on
    unzoned_phone_share: float = 0.2  # phones of before 2016 and programs write no OffsetTime
    compact_weight: float = 0.8  # photos with the compact for each with a phone
    apart_share: float = 0.05  # stops where the other camera is elsewhere in town
    apart_km_mean: float = 2.0  # how far

    # Clocks
    zone_changed_share: float = 0.4  # cameras without zone whose clock is set to local time on a trip
    hour_off_share: float = 0.2  # summer time forgotten
    drift_min: float = 3.0  # standard deviation of a clock that was set by hand
    never_set_share: float = 0.06  # cameras that begin with 1 January 2000 (or another epoch) at each trip
    frozen_share: float = 0.3  # of these: every photo has the very second
    reset_share: float = 0.04  # cameras whose clock falls back in the middle of a trip: an empty battery
    rewritten_share: float = 0.03  # trips of a camera for which an editor wrote one time into all photos
    phone_error_s: float = 2.0  # standard deviation; networks set the clock

    # Scans, positions, tracks
    scan_share: float = 0.3  # albums that hold scanned slides
    scans_mean: float = 30.0  # a magazine of them
    scan_known_share: float = 0.4  # of slides that people find worth scanning
    gps_share: float = 0.333  # every third photo has GPS, where an album has that
    compact_gps_weight: float = 0.25  # of compacts against phones: few were geotagged later, or have a receiver
    gps_time_share: float = 0.9  # phones write the satellites' time too
    track_day_share: float = 0.9  # days of a trip on which the recorder was on
    track_step_s: float = 60.0  # between two fixes
    track_gaps_per_day: float = 1.0  # tunnels, museums, a pause that was not ended
    track_gap_min_mean: float = 40.0  # how long

    def scaled(self, name: str, factor: float) -> "Parameters":
        """Return the parameters with one of them times a factor; shares stay below 1."""
        value = getattr(self, name) * factor
        return replace(self, **{name: min(0.98, value) if name.endswith("_share") else value})


NAMES = tuple(field.name for field in fields(Parameters))
