package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.ByteSize;
import io.hvkit.engine.machine.MigrateRequest;
import io.hvkit.hypervisor.spi.MachineMove.BusyGuest;
import io.hvkit.hypervisor.spi.MachineMove.SharedDisks;
import io.hvkit.hypervisor.spi.MachineMove.Wire;

/**
 * A machine that is to be brought to another host.
 *
 * @param work the machine
 * @param request what was asked for
 */
public record MigrateWork(MachineWork work, MigrateRequest request) {

    static MigrateWork of(Facts facts) {
        MachineWork work = MachineWork.of(facts);
        return new MigrateWork(
                work,
                new MigrateRequest(
                        work.machine(),
                        facts.find("target").map(RecordId::new),
                        SharedDisks.valueOf(facts.text("shared")),
                        Wire.valueOf(facts.text("wire")),
                        BusyGuest.valueOf(facts.text("busy")),
                        facts.find("bandwidth").map(Long::parseLong).map(ByteSize::bytes)));
    }

    Facts facts() {
        return work.facts()
                .with("target", request.host())
                .with("shared", request.sharedDisks())
                .with("wire", request.wire())
                .with("busy", request.busyGuest())
                .with("bandwidth", request.bandwidth().map(ByteSize::bytes));
    }
}
