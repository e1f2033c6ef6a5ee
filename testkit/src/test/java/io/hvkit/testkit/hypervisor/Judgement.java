package io.hvkit.testkit.hypervisor;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.Secret;
import io.hvkit.core.SpiVersion;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.testkit.contract.ContractTrial;
import io.hvkit.testkit.contract.Waiver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** Runs a contract against a driver with a fault, as JUnit does, and says which cases failed. */
final class Judgement {

    /** What the contract that runs now is about; JUnit makes its object, so it cannot be handed in. */
    private record Trial(InMemoryJudged underTest, InMemoryHypervisorDriver real, List<Waiver> waivers) {}

    private static final ThreadLocal<Trial> NOW = new ThreadLocal<>();

    private final Path directory;

    Judgement(Path directory) {
        this.directory = directory;
    }

    Set<String> of(UnaryOperator<Hypervisor> fault, List<Waiver> waivers) {
        return failed(fault, waivers, () -> ContractTrial.failedCases(Driver.class));
    }

    Set<String> of(Class<? extends HypervisorCases> contract, UnaryOperator<Hypervisor> fault) {
        return failed(fault, List.of(), () -> ContractTrial.failedCases(contract));
    }

    /** By the cases of one name alone. */
    Set<String> of(Class<? extends HypervisorCases> contract, UnaryOperator<Hypervisor> fault, String name) {
        return failed(fault, List.of(), () -> ContractTrial.failedCases(contract, name));
    }

    private Set<String> failed(UnaryOperator<Hypervisor> fault, List<Waiver> waivers, Supplier<Set<String>> trial) {
        InMemoryHypervisorDriver real = new InMemoryHypervisorDriver();
        NOW.set(new Trial(
                new InMemoryJudged(new FaultyDriver(real, fault), InMemoryHypervisorDriver.TYPE, directory),
                real,
                waivers));
        try {
            return trial.get();
        } finally {
            NOW.remove();
        }
    }

    private record FaultyDriver(InMemoryHypervisorDriver real, UnaryOperator<Hypervisor> fault)
            implements HypervisorDriver {

        @Override
        public Set<HypervisorType> types() {
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
        public Hypervisor open(HostId host, HypervisorType type, Options options) {
            return fault.apply(real.open(host, type, options));
        }
    }

    /** Made by JUnit. */
    static final class Driver extends HypervisorContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return NOW.get().underTest;
        }

        @Override
        protected List<Waiver> waivers() {
            return NOW.get().waivers;
        }

        @Override
        protected Path reports() {
            return NOW.get().underTest.directory();
        }
    }

    /** Made by JUnit. */
    static final class Controller extends MachineControlContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return NOW.get().underTest;
        }

        @Override
        protected Path reports() {
            return NOW.get().underTest.directory();
        }
    }

    /** Made by JUnit. */
    static final class Stopper extends GracefulStopContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return NOW.get().underTest;
        }

        @Override
        protected Path reports() {
            return NOW.get().underTest.directory();
        }
    }

    /** Made by JUnit. */
    static final class Definer extends DefinedMachinesContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return NOW.get().underTest;
        }

        @Override
        protected Path reports() {
            return NOW.get().underTest.directory();
        }
    }

    /** Made by JUnit. */
    static final class Seeder extends CloudInitContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return NOW.get().underTest;
        }

        @Override
        protected Path reports() {
            return NOW.get().underTest.directory();
        }
    }

    /** Made by JUnit. */
    static final class Plugger extends HotPlugContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return NOW.get().underTest;
        }

        @Override
        protected ByteSize sizeOf(Disk disk) {
            return InMemoryJudged.sizeOf(disk);
        }

        @Override
        protected Path reports() {
            return NOW.get().underTest.directory();
        }
    }

    /** Made by JUnit. */
    static final class Opener extends EncryptedDisksContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return NOW.get().underTest;
        }

        @Override
        protected Disk encryptedDisk(VolumeId volume, Secret secret) {
            return NOW.get().underTest.encryptedDisk(volume, secret);
        }

        @Override
        protected String digest(Disk stored) {
            return InMemoryJudged.digest(stored);
        }

        @Override
        protected Path reports() {
            return NOW.get().underTest.directory();
        }
    }

    /** Made by JUnit. */
    static final class Loser extends LostConnectionContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return NOW.get().underTest;
        }

        @Override
        protected void cutOff(HostId host) {
            NOW.get().real.cutOff(host);
        }

        @Override
        protected void reachAgain(HostId host) {
            NOW.get().real.reachAgain(host);
        }

        @Override
        protected Path reports() {
            return NOW.get().underTest.directory();
        }
    }

    /** Made by JUnit. */
    static final class Talker extends GuestAgentContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return NOW.get().underTest;
        }

        @Override
        protected Path reports() {
            return NOW.get().underTest.directory();
        }
    }

    /** Made by JUnit. */
    static final class Keeper extends DiskBackupsContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return NOW.get().underTest;
        }

        @Override
        protected Disk filledDisk(VolumeId volume) {
            return NOW.get().underTest.filledDisk(volume);
        }

        @Override
        protected Disk emptyImage(VolumeId volume) {
            return NOW.get().underTest.image(volume, InMemoryJudged.TRACKABLE);
        }

        @Override
        protected Disk largerImage(VolumeId volume) {
            return NOW.get().underTest.image(volume, InMemoryJudged.TRACKABLE.plus(ByteSize.mebibytes(1)));
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
            return Optional.of(NOW.get().underTest.disk(volume));
        }

        @Override
        protected Path reports() {
            return NOW.get().underTest.directory();
        }
    }

    /** Made by JUnit. */
    static final class Tracker extends ChangeTrackingContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return NOW.get().underTest;
        }

        @Override
        protected Disk trackableDisk(VolumeId volume) {
            return NOW.get().underTest.trackableDisk(volume);
        }

        @Override
        protected ByteSize trackableSize() {
            return InMemoryJudged.TRACKABLE;
        }

        @Override
        protected Optional<Disk> untrackableDisk(VolumeId volume) {
            return Optional.of(NOW.get().underTest.disk(volume));
        }

        @Override
        protected Path reports() {
            return NOW.get().underTest.directory();
        }
    }

    /** Made by JUnit. */
    static final class Measurer extends StatisticsContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return NOW.get().underTest;
        }

        @Override
        protected Path reports() {
            return NOW.get().underTest.directory();
        }
    }

    /** Made by JUnit. */
    static final class AnswerLoser extends LostAnswerContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return NOW.get().underTest;
        }

        @Override
        protected void loseNext(HostId host, Change change, Lost what) {
            NOW.get().real.loseNext(host, what);
        }

        @Override
        protected Duration patience() {
            return Duration.ofMillis(100); // a host in memory does it at once
        }

        @Override
        protected int losses(HostId host) {
            return NOW.get().real.losses(host);
        }

        @Override
        protected Disk encryptedDisk(VolumeId volume, Secret secret) {
            return NOW.get().underTest.encryptedDisk(volume, secret);
        }

        @Override
        protected int keysHeld(HostId host) {
            return NOW.get().real.keysHeld(host);
        }

        @Override
        protected Disk overlay(VolumeId volume, Disk base) {
            return NOW.get().underTest.overlay(volume, base);
        }

        @Override
        protected Disk encryptedOverlay(VolumeId volume, Disk base, Secret secret) {
            return NOW.get().underTest.encryptedOverlay(volume, base, secret);
        }

        @Override
        protected ByteSize sizeOf(Disk stored) {
            return InMemoryJudged.sizeOf(stored);
        }

        @Override
        protected Path reports() {
            return NOW.get().underTest.directory();
        }
    }

    /** Made by JUnit. */
    static final class MoveLoser extends LostMoveContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return NOW.get().underTest;
        }

        @Override
        protected void loseNext(HostId host, Change change, Lost what) {
            NOW.get().real.loseNext(host, what);
        }

        @Override
        protected Duration patience() {
            return Duration.ofMillis(100); // a host in memory does it at once
        }

        @Override
        protected int losses(HostId host) {
            return NOW.get().real.losses(host);
        }

        @Override
        protected Disk encryptedDisk(VolumeId volume, Secret secret) {
            return NOW.get().underTest.encryptedDisk(volume, secret);
        }

        @Override
        protected int keysHeld(HostId host) {
            return NOW.get().real.keysHeld(host);
        }

        @Override
        protected Path reports() {
            return NOW.get().underTest.directory();
        }
    }

    /** Made by JUnit. */
    static final class KeyLoser extends LostKeysContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return NOW.get().underTest;
        }

        @Override
        protected Disk encryptedDisk(VolumeId volume, Secret secret) {
            return NOW.get().underTest.encryptedDisk(volume, secret);
        }

        @Override
        protected void restart(HostId host) {
            NOW.get().real.restart(host);
        }

        @Override
        protected int keysHeld(HostId host) {
            return NOW.get().real.keysHeld(host);
        }

        @Override
        protected Duration patience() {
            return Duration.ofMillis(100); // a host in memory does it at once
        }

        @Override
        protected Path reports() {
            return NOW.get().underTest.directory();
        }
    }

    /** Made by JUnit. */
    static final class Fetcher extends DirectDownloadContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return NOW.get().underTest;
        }

        @Override
        protected Attachment newTarget(String name) {
            return new Attachment.ImageFile(NOW.get().underTest.directory().resolve(name));
        }

        @Override
        protected Optional<ByteSize> largest() {
            return Optional.of(InMemoryDownload.LARGEST);
        }

        @Override
        protected Path reports() {
            return NOW.get().underTest.directory();
        }
    }

    /** Made by JUnit. */
    static final class Mover extends LiveDiskMigrationContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return NOW.get().underTest;
        }

        @Override
        protected Disk smallDisk(VolumeId volume) {
            return NOW.get().underTest.smallDisk(volume);
        }

        @Override
        protected Disk largerDisk(VolumeId volume) {
            return NOW.get().underTest.largerDisk(volume);
        }

        @Override
        protected Path reports() {
            return NOW.get().underTest.directory();
        }
    }

    /** Made by JUnit. */
    static final class Freezer extends MachineSnapshotsContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return NOW.get().underTest;
        }

        @Override
        protected Disk overlay(VolumeId volume, Disk base) {
            return NOW.get().underTest.overlay(volume, base);
        }

        @Override
        protected Disk smallOverlay(VolumeId volume, Disk base) {
            return NOW.get().underTest.smallOverlay(volume, base);
        }

        @Override
        protected Disk usedOverlay(VolumeId volume, Disk base) {
            return NOW.get().underTest.usedOverlay(volume, base);
        }

        @Override
        protected Disk encryptedDisk(VolumeId volume, Secret secret) {
            return NOW.get().underTest.encryptedDisk(volume, secret);
        }

        @Override
        protected Disk encryptedOverlay(VolumeId volume, Disk base, Secret secret) {
            return NOW.get().underTest.encryptedOverlay(volume, base, secret);
        }

        @Override
        protected Path reports() {
            return NOW.get().underTest.directory();
        }
    }

    /** Made by JUnit. */
    static final class Migrator extends LiveMigrationContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return NOW.get().underTest;
        }

        @Override
        protected Disk smallDisk(VolumeId volume) {
            return NOW.get().underTest.smallDisk(volume);
        }

        @Override
        protected Disk largerDisk(VolumeId volume) {
            return NOW.get().underTest.largerDisk(volume);
        }

        @Override
        protected Disk encryptedDisk(VolumeId volume, Secret secret) {
            return NOW.get().underTest.encryptedDisk(volume, secret);
        }

        @Override
        protected int keysHeld(HostId host) {
            return NOW.get().real.keysHeld(host);
        }

        @Override
        protected Path reports() {
            return NOW.get().underTest.directory();
        }
    }

    /** Made by JUnit. */
    static final class Rememberer extends HostSnapshotsContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return NOW.get().underTest;
        }

        @Override
        protected Path reports() {
            return NOW.get().underTest.directory();
        }
    }

    /** Made by JUnit. */
    static final class Cloner extends MachineClonesContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return NOW.get().underTest;
        }

        @Override
        protected void delete(MachineDisk cloned) {
            NOW.get().underTest.delete(cloned);
        }

        @Override
        protected Path reports() {
            return NOW.get().underTest.directory();
        }
    }

    /** Made by JUnit. */
    static final class TicketGiver extends ConsoleTicketsContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return NOW.get().underTest;
        }

        @Override
        protected Path reports() {
            return NOW.get().underTest.directory();
        }
    }

    /** Made by JUnit. */
    static final class Relocator extends MachineRelocationContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return NOW.get().underTest;
        }

        @Override
        protected Path anotherStore() {
            return NOW.get().underTest.anotherStore();
        }

        @Override
        protected Path absentStore() {
            return NOW.get().underTest.directory().resolve("absent");
        }

        @Override
        protected Path reports() {
            return NOW.get().underTest.directory();
        }
    }
}
