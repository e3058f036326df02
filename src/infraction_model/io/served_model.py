"""The model MLflow serves: this file is the code, the bundle the only artefact (no pickle)."""

from __future__ import annotations

import mlflow
import pandas as pd

from infraction_model.estimators.design import answers
from infraction_model.io.bundles import read_bundle


class InfractionModel(mlflow.pyfunc.PythonModel):
    """Feature rows and hours of patrol in, probability and expected events out."""

    def load_context(self, context) -> None:
        self.estimator = read_bundle(context.artifacts["bundle"]).estimator

    def predict(self, context, model_input: pd.DataFrame, params=None) -> pd.DataFrame:
        return answers(self.estimator, model_input)


mlflow.models.set_model(InfractionModel())
