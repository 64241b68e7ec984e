"""What an author wrote: the HTTP task, the workflow around it, and the files they stand in.

Reading order: ``marks`` (the vocabulary of the models), ``http_task`` and ``options`` (the task),
``workflow`` (Conductor's definitions), ``loader`` (files to models and findings), ``schema``
(models to JSON Schemas). This module imports nothing, so that start-up stays fast.
"""
