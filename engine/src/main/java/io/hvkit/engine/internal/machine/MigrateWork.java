package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.engine.machine.MigrateRequest;
import io.hvkit.engine.machine.MigrateRequest.Luggage;
import io.hvkit.engine.machine.MigrateRequest.OutOfReach;
import io.hvkit.hypervisor.spi.MachineMove.BusyGuest;
import io.hvkit.hypervisor.spi.MachineMove.SharedDisks;
import io.hvkit.hypervisor.spi.MachineMove.Wire;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * A machine that is to be brought to another host.
 *
 * @param work the machine
 * @param request what was asked for
 */
public record MigrateWork(MachineWork work, MigrateRequest request) {

    private static final String GOES = "goes.";

    static MigrateWork of(Facts facts) {
        MachineWork work = MachineWork.of(facts);
        return new MigrateWork(
                work,
                new MigrateRequest(
                        work.machine(),
                        facts.find("target").map(RecordId::new),
                        new Luggage(
                                pools(facts),
                                facts.find("others").map(OutOfReach::valueOf).orElse(OutOfReach.REFUSED)),
                        SharedDisks.valueOf(facts.text("shared")),
                        Wire.valueOf(facts.text("wire")),
                        BusyGuest.valueOf(facts.text("busy")),
                        facts.find("bandwidth").map(Long::parseLong).map(ByteSize::bytes)));
    }

    Facts facts() {
        Facts facts = work.facts()
                .with("target", request.host())
                .with("shared", request.sharedDisks())
                .with("wire", request.wire())
                .with("busy", request.busyGuest())
                .with("bandwidth", request.bandwidth().map(ByteSize::bytes));
        if (request.luggage().others() != OutOfReach.REFUSED) {
            facts = facts.with("others", request.luggage().others());
        }
        return listed(facts, request.luggage().pools());
    }

    /** Returns facts with the pool that each disk goes to. */
    static Facts listed(Facts facts, Map<RecordId<VolumeRecord>, RecordId<PoolRecord>> pools) {
        Map<String, RecordId<PoolRecord>> sorted = new TreeMap<>();
        pools.forEach((disk, pool) -> sorted.put(disk.value(), pool));
        Facts all = facts;
        int number = 0;
        for (Map.Entry<String, RecordId<PoolRecord>> one : sorted.entrySet()) {
            all = all.with(GOES + number + ".disk", one.getKey()).with(GOES + number + ".pool", one.getValue());
            number++;
        }
        return all;
    }

    /** Reads the pool that each disk goes to. */
    static Map<RecordId<VolumeRecord>, RecordId<PoolRecord>> pools(Facts facts) {
        Map<RecordId<VolumeRecord>, RecordId<PoolRecord>> pools = new HashMap<>();
        for (int i = 0; facts.find(GOES + i + ".disk").isPresent(); i++) {
            pools.put(new RecordId<>(facts.text(GOES + i + ".disk")), new RecordId<>(facts.text(GOES + i + ".pool")));
        }
        return pools;
    }
}
