from handpress.donations.actions.campaigns import adopt_appeal, run_campaigns

__all__ = ["adopt_appeal", "run_campaigns"]
