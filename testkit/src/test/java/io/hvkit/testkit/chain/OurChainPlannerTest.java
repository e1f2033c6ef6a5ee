package io.hvkit.testkit.chain;

/** The planner of the SDK keeps the contract. */
class OurChainPlannerTest extends ChainPlannerContract {

    @Override
    protected PlannerUnderTest underTest() {
        return new OurPlanner();
    }
}
