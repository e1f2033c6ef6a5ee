package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.HostId;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.machine.HostSelection;
import io.hvkit.engine.placement.PoolSelection;
import io.hvkit.engine.placement.VolumeQuery;
import io.hvkit.storage.spi.VolumeUse;

/**
 * What the procedures on machines stand on.
 *
 * @param ground what those on volumes stand on
 * @param survey what finds hosts
 * @param pools what finds pools
 */
public record MachineGround(Ground ground, HostSurvey survey, Pools pools) {

    /** Finds pools, by the policy of the installation. */
    @FunctionalInterface
    public interface Pools {
        /** Answers which pools can take a volume, best first. */
        PoolSelection select(VolumeQuery query) throws InterruptedException;
    }

    MachineRecord machine(RecordId<MachineRecord> id) throws InterruptedException {
        return ground.catalog()
                .inTransaction(transaction -> transaction.machines().require(id));
    }

    /** Answers which hosts can run a machine that is stopped. */
    public HostSelection explain(RecordId<MachineRecord> id) throws InterruptedException {
        HostQuestion question = ground.catalog().inTransaction(transaction -> {
            MachineWork work = MachineWork.on(transaction, id);
            return HostQuestion.of(transaction, work.require(transaction), work.disks(), HostQuestion.Bounds.NONE);
        });
        return survey.lookAtAll(question).selection();
    }

    static HostId hostId(RecordId<HostRecord> host) {
        return new HostId(host.value());
    }

    /** Takes a volume from a host for the machine that ran there with it; does nothing if it is not there. */
    void giveBack(RecordId<HostRecord> host, RecordId<VolumeRecord> id) throws InterruptedException {
        VolumeRecord volume = ground.volume(id);
        ground.devices()
                .go(
                        ground.pool(volume.place().pool()),
                        Ground.external(volume),
                        hostId(host),
                        VolumeUse.Reason.MACHINE);
    }
}
