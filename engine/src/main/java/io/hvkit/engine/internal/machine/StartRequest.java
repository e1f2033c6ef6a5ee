package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.RecordId;
import java.util.Optional;

/**
 * A machine that is to be started.
 *
 * @param work the machine
 * @param host where; on the best host if it is not said
 */
public record StartRequest(MachineWork work, Optional<RecordId<HostRecord>> host) {

    static StartRequest of(Facts facts) {
        return new StartRequest(MachineWork.of(facts), facts.find("host").map(RecordId::new));
    }

    Facts facts() {
        return work.facts().with("host", host);
    }
}
