package io.hvkit.scaleio;

import io.hvkit.core.VolumeId;
import io.hvkit.powerflex.simulator.control.GatewayVersion;
import io.hvkit.testkit.storage.ClonesContract;
import io.hvkit.testkit.storage.GrowthContract;
import io.hvkit.testkit.storage.LimitsContract;
import io.hvkit.testkit.storage.PoolMigrationContract;
import io.hvkit.testkit.storage.RenamingContract;
import io.hvkit.testkit.storage.SnapshotGroupsContract;
import io.hvkit.testkit.storage.SnapshotsContract;
import io.hvkit.testkit.storage.StoragePoolContract;
import io.hvkit.testkit.storage.StorageUnderTest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;

/** Pools of the array keep the contracts for what they offer, on the last 3.x and on 4.x. */
@Tag("drawn")
class ScaleIoContractsIT {

    private static Simulated three;
    private static Simulated four;

    @BeforeAll
    static void start() {
        three = Simulated.start(GatewayVersion.V3_6);
        four = Simulated.start(GatewayVersion.V4_5);
    }

    @AfterAll
    static void stop() {
        three.close();
        four.close();
    }

    @Nested
    class APoolOf36 extends StoragePoolContract {
        @Override
        protected StorageUnderTest underTest() {
            return three;
        }
    }

    @Nested
    class APoolOf45 extends StoragePoolContract {
        @Override
        protected StorageUnderTest underTest() {
            return four;
        }
    }

    @Nested
    class AVolumeOf36ThatGrows extends Growing {
        AVolumeOf36ThatGrows() {
            super(three);
        }
    }

    @Nested
    class AVolumeOf45ThatGrows extends Growing {
        AVolumeOf45ThatGrows() {
            super(four);
        }
    }

    private abstract static class Growing extends GrowthContract {

        private final Simulated judged;

        Growing(Simulated judged) {
            this.judged = judged;
        }

        @Override
        protected StorageUnderTest underTest() {
            return judged;
        }

        @Override
        protected void write(VolumeId volume, byte content) {
            judged.write(volume, content);
        }

        @Override
        protected byte read(VolumeId volume) {
            return judged.read(volume);
        }
    }

    @Nested
    class LimitsOf36 extends LimitsContract {
        @Override
        protected StorageUnderTest underTest() {
            return three;
        }
    }

    @Nested
    class MovesOf36 extends PoolMigrationContract {
        @Override
        protected StorageUnderTest underTest() {
            return three;
        }

        @Override
        protected StorageUnderTest target() {
            return three.neighbour();
        }
    }

    @Nested
    class GroupsOf36 extends Grouping {
        GroupsOf36() {
            super(three);
        }
    }

    @Nested
    class NamesOf36 extends RenamingContract {
        @Override
        protected StorageUnderTest underTest() {
            return three;
        }
    }

    @Nested
    class SnapshotsOf36 extends Snapshooting {
        SnapshotsOf36() {
            super(three);
        }
    }

    @Nested
    class ClonesOf36 extends Cloning {
        ClonesOf36() {
            super(three);
        }
    }

    @Nested
    class LimitsOf45 extends LimitsContract {
        @Override
        protected StorageUnderTest underTest() {
            return four;
        }
    }

    @Nested
    class MovesOf45 extends PoolMigrationContract {
        @Override
        protected StorageUnderTest underTest() {
            return four;
        }

        @Override
        protected StorageUnderTest target() {
            return four.neighbour();
        }
    }

    @Nested
    class GroupsOf45 extends Grouping {
        GroupsOf45() {
            super(four);
        }
    }

    @Nested
    class NamesOf45 extends RenamingContract {
        @Override
        protected StorageUnderTest underTest() {
            return four;
        }
    }

    @Nested
    class SnapshotsOf45 extends Snapshooting {
        SnapshotsOf45() {
            super(four);
        }
    }

    @Nested
    class ClonesOf45 extends Cloning {
        ClonesOf45() {
            super(four);
        }
    }

    private abstract static class Grouping extends SnapshotGroupsContract {

        private final Simulated judged;

        Grouping(Simulated judged) {
            this.judged = judged;
        }

        @Override
        protected StorageUnderTest underTest() {
            return judged;
        }

        @Override
        protected void write(VolumeId volume, byte content) {
            judged.write(volume, content);
        }

        @Override
        protected byte read(VolumeId volume) {
            return judged.read(volume);
        }
    }

    private abstract static class Snapshooting extends SnapshotsContract {

        private final Simulated judged;

        Snapshooting(Simulated judged) {
            this.judged = judged;
        }

        @Override
        protected StorageUnderTest underTest() {
            return judged;
        }

        @Override
        protected void write(VolumeId volume, byte content) {
            judged.write(volume, content);
        }

        @Override
        protected byte read(VolumeId volume) {
            return judged.read(volume);
        }
    }

    private abstract static class Cloning extends ClonesContract {

        private final Simulated judged;

        Cloning(Simulated judged) {
            this.judged = judged;
        }

        @Override
        protected StorageUnderTest underTest() {
            return judged;
        }

        @Override
        protected void write(VolumeId volume, byte content) {
            judged.write(volume, content);
        }

        @Override
        protected byte read(VolumeId volume) {
            return judged.read(volume);
        }
    }
}
