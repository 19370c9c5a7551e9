from tests.zoho_crm.test_no_lost_update import *
import os
def test_dbg(crm):
    history = History(crm, int(os.environ.get("SEED","4")))
    history.build()
    print(vars(history), crm.settings)
    copy = QuickCopy(crm)
    orig=history.write
    for k in range(3):
        crm.hooks.clear()
        def write(org):
            before={r.id:(r.modified) for r in org.module("Widgets").records.values()}
            orig(org)
            after={r.id:(r.modified) for r in org.module("Widgets").records.values()}
            print("   write", {i:(before.get(i),after.get(i)) for i in (before.keys()|after.keys()) if before.get(i)!=after.get(i)})
        crm.hooks.before(is_page_of, write).at = 0
        started_s = crm.now_s
        print("run",k,started_s, copy.anchor)
        limits = {"package_rows": 300} if history.rng.random() < 0.3 else {}
        crm.forget_log()
        outcome = copy.run(**limits)
        print(outcome)
        for e in crm.log(): print("  ",e.path,e.params.get("fields","")[:20],e.params.get("ids"), bool(e.params.get("page_token")), e.headers.get("if-modified-since"), e.status, e.rows, e.code)
        d=copy.differences()
        print(d)
        if outcome.outcome == "done" and history.has_modified_time:
            assert d.keys() <= changed_meanwhile(crm, started_s)
        crm.pass_time(history.rng.choice((1, 90, 4000)))
