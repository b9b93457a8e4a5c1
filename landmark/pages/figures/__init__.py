"""Figures of data, training and answers: functions that return a plotly figure and never show it (extra: plot)."""
