"""Which weekdays, hours, months, holidays and zones bring infractions, with intervals."""
