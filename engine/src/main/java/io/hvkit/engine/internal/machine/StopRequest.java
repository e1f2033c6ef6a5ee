package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.hypervisor.spi.StopMode;
import java.time.Duration;

/**
 * A machine that is to be stopped.
 *
 * @param work the machine
 * @param mode how
 */
public record StopRequest(MachineWork work, StopMode mode) {

    private static final String POWER_OFF = "POWER_OFF";
    private static final String GRACEFUL = "GRACEFUL";
    private static final String EITHER = "GRACEFUL_OR_POWER_OFF";

    static StopRequest of(Facts facts) {
        StopMode graceful = facts.find("patience")
                .map(Duration::parse)
                .map(StopMode.GRACEFUL::within)
                .orElse(StopMode.POWER_OFF);
        return new StopRequest(
                MachineWork.of(facts), facts.text("mode").equals(EITHER) ? graceful.orPowerOff() : graceful);
    }

    Facts facts() {
        if (!mode.asksGuest()) {
            return work.facts().with("mode", POWER_OFF);
        }
        return work.facts().with("mode", mode.cutsPower() ? EITHER : GRACEFUL).with("patience", mode.patience());
    }
}
