"""The report: one HTML file that shows a result to people, without a network."""

from fallow.report.folder import INDEX, REPORT, check_report, write_index, write_report

__all__ = ["INDEX", "REPORT", "check_report", "write_index", "write_report"]
