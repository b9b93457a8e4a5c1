"""Albums as people read them: a line for each photo, a summary by place, a map."""
