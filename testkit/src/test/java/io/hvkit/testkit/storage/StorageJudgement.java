package io.hvkit.testkit.storage;

import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.SpiVersion;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.PoolChild;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import io.hvkit.testkit.contract.ContractTrial;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** Runs a contract against a driver with a fault, and says which cases failed. */
final class StorageJudgement {

    /** What the contract that runs now is about; JUnit makes its object, so it cannot be handed in. */
    private record Trial(StorageDriver driver, InMemoryStorageDriver real, Path reports) {

        StorageUnderTest at(PoolId pool) {
            return new InMemoryStorageJudged(driver, InMemoryStorageDriver.TYPE, pool, real);
        }

        StorageUnderTest blocks() {
            return new InMemoryStorageJudged(driver, InMemoryStorageDriver.BLOCKS, InMemoryStorageJudged.HERE, real);
        }

        StorageUnderTest shelf(String name) {
            return new InMemoryShelfJudged(driver, InMemoryStorageDriver.SHELF, name);
        }

        StorageUnderTest cabinet() {
            return new InMemoryShelfJudged(driver, InMemoryStorageDriver.CABINET, "gold");
        }

        StorageUnderTest here() {
            return at(InMemoryStorageJudged.HERE);
        }
    }

    private static final ThreadLocal<Trial> NOW = new ThreadLocal<>();

    private final Path reports;

    StorageJudgement(Path reports) {
        this.reports = reports;
    }

    Set<String> of(Class<? extends StorageCases> contract, UnaryOperator<StoragePool> fault) {
        return failed(fault, () -> ContractTrial.failedCases(contract));
    }

    /** By the cases of one name alone. */
    Set<String> of(Class<? extends StorageCases> contract, UnaryOperator<StoragePool> fault, String name) {
        return failed(fault, () -> ContractTrial.failedCases(contract, name));
    }

    private Set<String> failed(UnaryOperator<StoragePool> fault, Supplier<Set<String>> trial) {
        InMemoryStorageDriver real = new InMemoryStorageDriver();
        real.shelves().put("gold", "one", "two");
        NOW.set(new Trial(new FaultyDriver(real, fault), real, reports));
        try {
            return trial.get();
        } finally {
            NOW.remove();
        }
    }

    private record FaultyDriver(InMemoryStorageDriver real, UnaryOperator<StoragePool> fault) implements StorageDriver {

        @Override
        public Set<StoragePoolType> types() {
            return real.types();
        }

        @Override
        public SpiVersion builtAgainst() {
            return real.builtAgainst();
        }

        @Override
        public Set<Option<?>> options() {
            return real.options();
        }

        @Override
        public StoragePool open(PoolId id, StoragePoolType type, Options options) {
            return fault.apply(real.open(id, type, options));
        }
    }

    /** Made by JUnit. */
    static final class Pool extends StoragePoolContract {

        @Override
        protected StorageUnderTest underTest() {
            return NOW.get().here();
        }

        @Override
        protected Path reports() {
            return NOW.get().reports;
        }
    }

    /** Made by JUnit. */
    static final class Blocks extends StoragePoolContract {

        @Override
        protected StorageUnderTest underTest() {
            return NOW.get().blocks();
        }

        @Override
        protected Path reports() {
            return NOW.get().reports;
        }
    }

    /** Made by JUnit. */
    static final class Snapshotter extends SnapshotsContract {

        @Override
        protected StorageUnderTest underTest() {
            return NOW.get().here();
        }

        @Override
        protected void write(VolumeId volume, byte content) {
            NOW.get().real.write(volume, content);
        }

        @Override
        protected byte read(VolumeId volume) {
            return NOW.get().real.read(volume);
        }

        @Override
        protected Path reports() {
            return NOW.get().reports;
        }
    }

    /** Made by JUnit. */
    static final class Grouper extends SnapshotGroupsContract {

        @Override
        protected StorageUnderTest underTest() {
            return NOW.get().here();
        }

        @Override
        protected void write(VolumeId volume, byte content) {
            NOW.get().real.write(volume, content);
        }

        @Override
        protected byte read(VolumeId volume) {
            return NOW.get().real.read(volume);
        }

        @Override
        protected Path reports() {
            return NOW.get().reports;
        }
    }

    /** Made by JUnit. */
    static final class Namer extends RenamingContract {

        @Override
        protected StorageUnderTest underTest() {
            return NOW.get().here();
        }

        @Override
        protected Path reports() {
            return NOW.get().reports;
        }
    }

    /** Made by JUnit. */
    static final class Grower extends GrowthContract {

        @Override
        protected void write(VolumeId volume, byte content) {
            NOW.get().real.write(volume, content);
        }

        @Override
        protected byte read(VolumeId volume) {
            return NOW.get().real.read(volume);
        }

        @Override
        protected StorageUnderTest underTest() {
            return NOW.get().here();
        }

        @Override
        protected Path reports() {
            return NOW.get().reports;
        }
    }

    /** Made by JUnit. */
    static final class Cloner extends ClonesContract {

        @Override
        protected StorageUnderTest underTest() {
            return NOW.get().here();
        }

        @Override
        protected void write(VolumeId volume, byte content) {
            NOW.get().real.write(volume, content);
        }

        @Override
        protected byte read(VolumeId volume) {
            return NOW.get().real.read(volume);
        }

        @Override
        protected Path reports() {
            return NOW.get().reports;
        }
    }

    /** Made by JUnit. */
    static final class Templater extends TemplatesContract {

        @Override
        protected StorageUnderTest underTest() {
            return NOW.get().here();
        }

        @Override
        protected void write(VolumeId volume, byte content) {
            NOW.get().real.write(volume, content);
        }

        @Override
        protected byte read(VolumeId volume) {
            return NOW.get().real.read(volume);
        }

        @Override
        protected Path reports() {
            return NOW.get().reports;
        }
    }

    /** Made by JUnit. */
    static final class Limiter extends LimitsContract {

        @Override
        protected StorageUnderTest underTest() {
            return NOW.get().here();
        }

        @Override
        protected Path reports() {
            return NOW.get().reports;
        }
    }

    /** Made by JUnit. */
    static final class Mover extends PoolMigrationContract {

        @Override
        protected StorageUnderTest underTest() {
            return NOW.get().here();
        }

        @Override
        protected StorageUnderTest target() {
            return NOW.get().at(InMemoryStorageJudged.THERE);
        }

        @Override
        protected Path reports() {
            return NOW.get().reports;
        }
    }

    /** Made by JUnit. */
    static final class Cluster extends PoolClusterContract {

        @Override
        protected StorageUnderTest underTest() {
            return NOW.get().cabinet();
        }

        @Override
        protected void intoMaintenance(PoolChild child) {
            NOW.get().real.shelves().trouble(child.name(), PoolChild.Trouble.IN_MAINTENANCE);
        }

        @Override
        protected void outOfMaintenance(PoolChild child) {
            NOW.get().real.shelves().trouble(child.name());
        }

        @Override
        protected Path reports() {
            return NOW.get().reports;
        }
    }

    /** Made by JUnit. */
    static final class Adopter extends AdoptionContract {

        @Override
        protected StorageUnderTest underTest() {
            return NOW.get().shelf("one");
        }

        @Override
        protected StorageUnderTest target() {
            return NOW.get().shelf("two");
        }

        @Override
        protected void moveBehind(Volume volume) {
            NOW.get().real.shelves().move(volume.id(), "two");
        }

        @Override
        protected Path reports() {
            return NOW.get().reports;
        }
    }

    /** Made by JUnit. */
    static final class Loser extends LostStorageContract {

        @Override
        protected StorageUnderTest underTest() {
            return NOW.get().here();
        }

        @Override
        protected void cutOff() {
            NOW.get().real.cutOff();
        }

        @Override
        protected void reachAgain() {
            NOW.get().real.reachAgain();
        }

        @Override
        protected void loseNextReply() {
            NOW.get().real.loseNextReply();
        }

        @Override
        protected Path reports() {
            return NOW.get().reports;
        }
    }
}
