"""What each endpoint answers, one module for each kind of resource."""
