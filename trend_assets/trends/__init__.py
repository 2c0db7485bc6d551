"""From captures to scored candidates: observations, evidence, artifacts, clusters, buckets, score, lifecycle."""
