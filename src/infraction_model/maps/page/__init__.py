"""The planner's page of a target week: what it holds, and the HTML around it."""
