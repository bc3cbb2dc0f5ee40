"""What each table of results is, in a few words; docs/results.md has every column."""

from __future__ import annotations

from collections.abc import Mapping

from saydo.languages import noop

GROUPS: Mapping[str, Mapping[str, str]] = {
    noop("Scorecard"): {
        "scorecard": noop("The scorecard as a workbook, with a sheet per segment"),
        "kpis": noop("KPIs by segment and period"),
        "objectives": noop("Objectives, and whether they are reached"),
        "definitions": noop("KPIs by other published definitions"),
        "mix": noop("Changes within segments, and of their shares"),
        "targets": noop("Target segments beside the rest"),
    },
    noop("Segments"): {
        "segments": noop("Segments and their sizes"),
        "assignments": noop("The segment of each {customer}"),
        "segmentation": noop("How segments were drawn"),
        "segment_profiles": noop("What sets segments apart"),
        "segment_positions": noop("Share, profit, satisfaction and growth of segments"),
        "segment_moves": noop("Moves between segments"),
        "segment_stability": noop("Stability of segments"),
        "segment_cuts": noop("Cut points of recency, frequency and revenue"),
        "cluster_choice": noop("Numbers of clusters that were tried"),
        "cluster_centres": noop("Centres of clusters"),
        "cluster_features": noop("Features that clusters rest on"),
        "need_choice": noop("Numbers of groups by needs that were tried"),
        "need_centres": noop("What each group wants"),
        "need_placing": noop("How well behaviour tells needs"),
        "whale_curve": noop("Profit added up, from the best {customers} on"),
        "market_positions": noop("Attractiveness of markets, and position there"),
    },
    noop("Say and do"): {
        "verdicts": noop("What may be claimed of satisfaction and staying"),
        "evidence": noop("What was checked before any estimate"),
        "exposures": noop("Who was watched, and why others were not"),
        "dose_response": noop("Who stayed, by answer"),
        "ledger": noop("What they said, by what they did"),
        "contradictions": noop("Who says one thing and does the other"),
        "retention_models": noop("Models of staying"),
        "predictions": noop("Who would stay at each answer, by model"),
        "forms": noop("Forms of the curve compared"),
    },
    noop("Importance of attributes, and what to improve"): {
        "importance": noop("Importance of attributes, by all ways of asking"),
        "improvements": noop("What one point more of each attribute would bring"),
    },
    noop("Diagnostics of the models"): {
        "calibration": noop("Calibration by tenths of the chance of staying"),
        "calibration_tests": noop("Measures of calibration"),
        "added_value": noop("How much better staying is told, knowing satisfaction"),
        "likelihood_ratio": noop("Test whether satisfaction adds anything"),
        "residuals": noop("Who stayed, beside what the model expects"),
        "influence": noop("What moves the estimate most"),
        "missing_answers": noop("The model with missing answers imputed"),
    },
    noop("Other designs, and who answers"): {
        "wave_models": noop("Models of several waves of answers"),
        "hazard_models": noop("Models of the time until leaving"),
        "segments_compared": noop("Whether satisfaction matters more in some segments"),
        "responders": noop("Who answered, and whether the others stayed as often"),
        "reweighted": noop("Estimates weighted for who answers"),
        "response_balance": noop("How unlike everyone the respondents are"),
        "silent": noop("Had those who did not answer been less satisfied"),
        "asking": noop("Whether asking itself changes who stays"),
    },
}
"""By part of the report: the tables, in reading order."""
