"""Reading and writing: tables, panels, bundles, tracking. Nothing below touches a file."""
