from tests.zoho_crm.copies import *
from tests.zoho_crm.crm import *
def test_full(crm, copy):
    ids = crm.add_module(times=[crm.now_s-4000+i*3 for i in range(300)])
    s=copy.run("Widgets")
    print(s.outcomes)
    copy.assert_equals_crm("Widgets")
    print(copy.rows("widgets")[ids[0]], copy.types("widgets"), copy.tables())
    crm.pass_time(600)
    crm.org.update("Widgets", ids[0], {"Name":"x"})
    s=copy.run("Widgets")
    copy.assert_equals_crm("Widgets")
def test_quick(crm):
    ids = crm.add_module(times=[crm.now_s-4000+i*3 for i in range(300)])
    c=QuickCopy(crm)
    print(c.run())
    c.assert_equals_crm()
    crm.pass_time(600)
    crm.org.update("Widgets", ids[0], {"Name":"x"})
    print(c.differences())
    c.run()
    c.assert_equals_crm()
