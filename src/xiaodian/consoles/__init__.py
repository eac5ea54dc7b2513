"""Frames, navigation, and every page that needs several rooms."""
