"""Classifier `onnx`: people, vehicles and animals by a model in ONNX format."""
