package io.hvkit.testkit.hypervisor;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.MachineDisk;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** The driver in memory keeps every contract, and the one for all even where it offers nothing. */
class InMemoryContractsTest {

    private final InMemoryHypervisorDriver driver = new InMemoryHypervisorDriver();

    @TempDir
    private Path directory;

    private InMemoryJudged underTest() {
        return new InMemoryJudged(driver, InMemoryHypervisorDriver.TYPE, directory);
    }

    @Nested
    class AnyHypervisor extends HypervisorContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return InMemoryContractsTest.this.underTest();
        }
    }

    @Nested
    class OneThatOffersNothing extends HypervisorContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return new InMemoryJudged(driver, InMemoryHypervisorDriver.BARE, directory);
        }
    }

    @Nested
    class Control extends MachineControlContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return InMemoryContractsTest.this.underTest();
        }
    }

    @Nested
    class GracefulStop extends GracefulStopContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return InMemoryContractsTest.this.underTest();
        }
    }

    @Nested
    class Defining extends DefinedMachinesContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return InMemoryContractsTest.this.underTest();
        }
    }

    @Nested
    class Seeding extends CloudInitContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return InMemoryContractsTest.this.underTest();
        }
    }

    @Nested
    class Plugging extends HotPlugContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return InMemoryContractsTest.this.underTest();
        }

        @Override
        protected ByteSize sizeOf(Disk disk) {
            return InMemoryJudged.sizeOf(disk);
        }
    }

    @Nested
    class EncryptedDisks extends EncryptedDisksContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return InMemoryContractsTest.this.underTest();
        }

        @Override
        protected Disk encryptedDisk(VolumeId volume, Secret secret) {
            return InMemoryContractsTest.this.underTest().encryptedDisk(volume, secret);
        }

        @Override
        protected String digest(Disk stored) {
            return InMemoryJudged.digest(stored);
        }
    }

    @Nested
    class LostConnections extends LostConnectionContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return InMemoryContractsTest.this.underTest();
        }

        @Override
        protected void cutOff(HostId host) {
            driver.cutOff(host);
        }

        @Override
        protected void reachAgain(HostId host) {
            driver.reachAgain(host);
        }
    }

    @Nested
    class Agents extends GuestAgentContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return InMemoryContractsTest.this.underTest();
        }
    }

    @Nested
    class Backups extends DiskBackupsContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return InMemoryContractsTest.this.underTest();
        }

        @Override
        protected Disk filledDisk(VolumeId volume) {
            return InMemoryContractsTest.this.underTest().filledDisk(volume);
        }

        @Override
        protected Disk emptyImage(VolumeId volume) {
            return InMemoryContractsTest.this.underTest().image(volume, InMemoryJudged.TRACKABLE);
        }

        @Override
        protected Disk largerImage(VolumeId volume) {
            return InMemoryContractsTest.this
                    .underTest()
                    .image(volume, InMemoryJudged.TRACKABLE.plus(ByteSize.mebibytes(1)));
        }

        @Override
        protected ByteSize filledSize() {
            return InMemoryJudged.TRACKABLE;
        }

        @Override
        protected boolean readAs(Disk disk, List<Disk> images) {
            return InMemoryJudged.readAs(disk, images);
        }

        @Override
        protected Optional<Disk> unfitDisk(VolumeId volume) {
            return Optional.of(InMemoryContractsTest.this.underTest().disk(volume));
        }
    }

    @Nested
    class Tracking extends ChangeTrackingContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return InMemoryContractsTest.this.underTest();
        }

        @Override
        protected Disk trackableDisk(VolumeId volume) {
            return InMemoryContractsTest.this.underTest().trackableDisk(volume);
        }

        @Override
        protected ByteSize trackableSize() {
            return InMemoryJudged.TRACKABLE;
        }

        @Override
        protected Optional<Disk> untrackableDisk(VolumeId volume) {
            return Optional.of(InMemoryContractsTest.this.underTest().disk(volume));
        }
    }

    @Nested
    class Statistics extends StatisticsContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return InMemoryContractsTest.this.underTest();
        }
    }

    @Nested
    class LostAnswers extends LostAnswerContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return InMemoryContractsTest.this.underTest();
        }

        @Override
        protected void loseNext(HostId host, Change change, Lost what) {
            driver.loseNext(host, what);
        }

        @Override
        protected int losses(HostId host) {
            return driver.losses(host);
        }

        @Override
        protected Disk encryptedDisk(VolumeId volume, Secret secret) {
            return InMemoryContractsTest.this.underTest().encryptedDisk(volume, secret);
        }

        @Override
        protected int keysHeld(HostId host) {
            return driver.keysHeld(host);
        }

        @Override
        protected Disk overlay(VolumeId volume, Disk base) {
            return InMemoryContractsTest.this.underTest().overlay(volume, base);
        }

        @Override
        protected Disk encryptedOverlay(VolumeId volume, Disk base, Secret secret) {
            return InMemoryContractsTest.this.underTest().encryptedOverlay(volume, base, secret);
        }

        @Override
        protected ByteSize sizeOf(Disk stored) {
            return InMemoryJudged.sizeOf(stored);
        }
    }

    @Nested
    class LostMoves extends LostMoveContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return InMemoryContractsTest.this.underTest();
        }

        @Override
        protected void loseNext(HostId host, Change change, Lost what) {
            driver.loseNext(host, what);
        }

        @Override
        protected int losses(HostId host) {
            return driver.losses(host);
        }

        @Override
        protected Disk encryptedDisk(VolumeId volume, Secret secret) {
            return InMemoryContractsTest.this.underTest().encryptedDisk(volume, secret);
        }

        @Override
        protected int keysHeld(HostId host) {
            return driver.keysHeld(host);
        }
    }

    @Nested
    class LostKeys extends LostKeysContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return InMemoryContractsTest.this.underTest();
        }

        @Override
        protected Disk encryptedDisk(VolumeId volume, Secret secret) {
            return InMemoryContractsTest.this.underTest().encryptedDisk(volume, secret);
        }

        @Override
        protected void restart(HostId host) {
            driver.restart(host);
        }

        @Override
        protected int keysHeld(HostId host) {
            return driver.keysHeld(host);
        }
    }

    @Nested
    class Downloads extends DirectDownloadContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return InMemoryContractsTest.this.underTest();
        }

        @Override
        protected Attachment newTarget(String name) {
            return new Attachment.ImageFile(directory.resolve(name));
        }

        @Override
        protected Optional<ByteSize> largest() {
            return Optional.of(InMemoryDownload.LARGEST);
        }
    }

    @Nested
    class LiveDiskMigration extends LiveDiskMigrationContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return InMemoryContractsTest.this.underTest();
        }

        @Override
        protected Disk smallDisk(VolumeId volume) {
            return InMemoryContractsTest.this.underTest().smallDisk(volume);
        }

        @Override
        protected Disk largerDisk(VolumeId volume) {
            return InMemoryContractsTest.this.underTest().largerDisk(volume);
        }
    }

    @Nested
    class Snapshots extends MachineSnapshotsContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return InMemoryContractsTest.this.underTest();
        }

        @Override
        protected Disk overlay(VolumeId volume, Disk base) {
            return InMemoryContractsTest.this.underTest().overlay(volume, base);
        }

        @Override
        protected Disk smallOverlay(VolumeId volume, Disk base) {
            return InMemoryContractsTest.this.underTest().smallOverlay(volume, base);
        }

        @Override
        protected Disk usedOverlay(VolumeId volume, Disk base) {
            return InMemoryContractsTest.this.underTest().usedOverlay(volume, base);
        }

        @Override
        protected Disk encryptedDisk(VolumeId volume, Secret secret) {
            return InMemoryContractsTest.this.underTest().encryptedDisk(volume, secret);
        }

        @Override
        protected Disk encryptedOverlay(VolumeId volume, Disk base, Secret secret) {
            return InMemoryContractsTest.this.underTest().encryptedOverlay(volume, base, secret);
        }
    }

    @Nested
    class LiveMigration extends LiveMigrationContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return InMemoryContractsTest.this.underTest();
        }

        @Override
        protected Disk smallDisk(VolumeId volume) {
            return InMemoryContractsTest.this.underTest().smallDisk(volume);
        }

        @Override
        protected Disk largerDisk(VolumeId volume) {
            return InMemoryContractsTest.this.underTest().largerDisk(volume);
        }

        @Override
        protected Disk encryptedDisk(VolumeId volume, Secret secret) {
            return InMemoryContractsTest.this.underTest().encryptedDisk(volume, secret);
        }

        @Override
        protected int keysHeld(HostId host) {
            return driver.keysHeld(host);
        }
    }

    @Nested
    class SnapshotsOfTheHost extends HostSnapshotsContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return InMemoryContractsTest.this.underTest();
        }
    }

    @Nested
    class Clones extends MachineClonesContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return InMemoryContractsTest.this.underTest();
        }

        @Override
        protected void delete(MachineDisk cloned) {
            InMemoryContractsTest.this.underTest().delete(cloned);
        }
    }

    @Nested
    class TicketsToScreens extends ConsoleTicketsContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return InMemoryContractsTest.this.underTest();
        }
    }

    @Nested
    class Relocations extends MachineRelocationContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return InMemoryContractsTest.this.underTest();
        }

        @Override
        protected Path anotherStore() {
            return InMemoryContractsTest.this.underTest().anotherStore();
        }

        @Override
        protected Path absentStore() {
            return Path.of("/absent");
        }
    }
}
