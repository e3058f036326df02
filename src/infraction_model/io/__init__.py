"""Reading and writing: tables, panels, bundles, tracking. Below this layer nothing touches a file."""
