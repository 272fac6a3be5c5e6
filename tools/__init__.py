"""What `make.py` is made of: setting up, trying and checking the project. Standard library only."""
