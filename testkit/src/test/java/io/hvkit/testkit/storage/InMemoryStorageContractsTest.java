package io.hvkit.testkit.storage;

import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.PoolChild;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;

/** The storage in memory keeps every contract, whoever encrypts, and the one for all even where it offers nothing. */
class InMemoryStorageContractsTest {

    private final InMemoryStorageDriver driver = new InMemoryStorageDriver();

    private StorageUnderTest of(StoragePoolType type) {
        return new InMemoryStorageJudged(driver, type, InMemoryStorageJudged.HERE, driver);
    }

    @Nested
    class AnyPool extends StoragePoolContract {
        @Override
        protected StorageUnderTest underTest() {
            return of(InMemoryStorageDriver.TYPE);
        }
    }

    @Nested
    class OneThatEncryptsItself extends StoragePoolContract {
        @Override
        protected StorageUnderTest underTest() {
            return of(InMemoryStorageDriver.SELF_ENCRYPTING);
        }
    }

    @Nested
    class OneThatKeepsBlocksAlone extends StoragePoolContract {
        @Override
        protected StorageUnderTest underTest() {
            return of(InMemoryStorageDriver.BLOCKS);
        }
    }

    @Nested
    class OneThatOffersNothing extends StoragePoolContract {
        @Override
        protected StorageUnderTest underTest() {
            return of(InMemoryStorageDriver.BARE);
        }
    }

    @Nested
    class Snapshotting extends SnapshotsContract {
        @Override
        protected StorageUnderTest underTest() {
            return of(InMemoryStorageDriver.TYPE);
        }

        @Override
        protected void write(VolumeId volume, byte content) {
            driver.write(volume, content);
        }

        @Override
        protected byte read(VolumeId volume) {
            return driver.read(volume);
        }
    }

    @Nested
    class Grouping extends SnapshotGroupsContract {
        @Override
        protected StorageUnderTest underTest() {
            return of(InMemoryStorageDriver.TYPE);
        }

        @Override
        protected void write(VolumeId volume, byte content) {
            driver.write(volume, content);
        }

        @Override
        protected byte read(VolumeId volume) {
            return driver.read(volume);
        }
    }

    @Nested
    class Naming extends RenamingContract {
        @Override
        protected StorageUnderTest underTest() {
            return of(InMemoryStorageDriver.TYPE);
        }
    }

    @Nested
    class Growing extends GrowthContract {
        @Override
        protected void write(VolumeId volume, byte content) {
            driver.write(volume, content);
        }

        @Override
        protected byte read(VolumeId volume) {
            return driver.read(volume);
        }

        @Override
        protected StorageUnderTest underTest() {
            return of(InMemoryStorageDriver.TYPE);
        }
    }

    @Nested
    class Cloning extends ClonesContract {
        @Override
        protected StorageUnderTest underTest() {
            return of(InMemoryStorageDriver.SELF_ENCRYPTING);
        }

        @Override
        protected void write(VolumeId volume, byte content) {
            driver.write(volume, content);
        }

        @Override
        protected byte read(VolumeId volume) {
            return driver.read(volume);
        }
    }

    @Nested
    class Templating extends TemplatesContract {
        @Override
        protected StorageUnderTest underTest() {
            return of(InMemoryStorageDriver.TYPE);
        }

        @Override
        protected void write(VolumeId volume, byte content) {
            driver.write(volume, content);
        }

        @Override
        protected byte read(VolumeId volume) {
            return driver.read(volume);
        }
    }

    @Nested
    class Limiting extends LimitsContract {
        @Override
        protected StorageUnderTest underTest() {
            return of(InMemoryStorageDriver.TYPE);
        }
    }

    @Nested
    class Moving extends PoolMigrationContract {
        @Override
        protected StorageUnderTest underTest() {
            return of(InMemoryStorageDriver.TYPE);
        }

        @Override
        protected StorageUnderTest target() {
            return new InMemoryStorageJudged(driver, InMemoryStorageDriver.TYPE, InMemoryStorageJudged.THERE, driver);
        }
    }

    @BeforeEach
    void furnish() {
        driver.shelves().put("gold", "one", "two");
        driver.shelves().put("silver", "three");
    }

    private StorageUnderTest shelf(String name) {
        return new InMemoryShelfJudged(driver, InMemoryStorageDriver.SHELF, name);
    }

    @Nested
    class AShelf extends StoragePoolContract {
        @Override
        protected StorageUnderTest underTest() {
            return shelf("one");
        }
    }

    @Nested
    class ACabinet extends PoolClusterContract {
        @Override
        protected StorageUnderTest underTest() {
            return new InMemoryShelfJudged(driver, InMemoryStorageDriver.CABINET, "gold");
        }

        @Override
        protected void intoMaintenance(PoolChild child) {
            driver.shelves().trouble(child.name(), PoolChild.Trouble.IN_MAINTENANCE);
        }

        @Override
        protected void outOfMaintenance(PoolChild child) {
            driver.shelves().trouble(child.name());
        }
    }

    @Nested
    class TakingOver extends AdoptionContract {
        @Override
        protected StorageUnderTest underTest() {
            return shelf("one");
        }

        @Override
        protected StorageUnderTest target() {
            return shelf("two");
        }

        @Override
        protected void moveBehind(Volume volume) {
            driver.shelves().move(volume.id(), "two");
        }
    }

    @Nested
    class Losing extends LostStorageContract {
        @Override
        protected StorageUnderTest underTest() {
            return of(InMemoryStorageDriver.TYPE);
        }

        @Override
        protected void cutOff() {
            driver.cutOff();
        }

        @Override
        protected void reachAgain() {
            driver.reachAgain();
        }

        @Override
        protected void loseNextReply() {
            driver.loseNextReply();
        }
    }
}
