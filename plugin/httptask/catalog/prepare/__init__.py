"""Operations to complete HTTP tasks."""
