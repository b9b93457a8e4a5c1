"""What everything else stands on: errors, whole files, text, progress, processors, folders, signals."""
