"""A stage for the real code of sending: workers go on step by step, and the test is the world around them."""
