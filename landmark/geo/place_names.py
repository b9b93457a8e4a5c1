"""The names of where a photo was taken, from the smallest to the largest: a site in a town, the region, the country."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PlaceNames:
    """What a position is called, as IPTC and XMP have fields for it; "" where a name is not known.

    `country_code` is that of ISO 3166-1 with two letters (XK: Kosovo), `location` a site such as a landmark.
    """

    location: str = ""
    city: str = ""
    state: str = ""
    country: str = ""
    country_code: str = ""

    def __bool__(self) -> bool:
        """Return whether any name is known.

        >>> bool(PlaceNames()), bool(PlaceNames(city="Agra"))
        (False, True)
        """
        return any((self.location, self.city, self.state, self.country, self.country_code))
