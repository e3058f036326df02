"""From a town's exports to contract tables: columns, times, persons, places. Reads no file."""
