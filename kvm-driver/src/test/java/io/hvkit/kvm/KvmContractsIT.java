package io.hvkit.kvm;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.testkit.guest.GuestExtension;
import io.hvkit.testkit.hypervisor.ChangeTrackingContract;
import io.hvkit.testkit.hypervisor.CloudInitContract;
import io.hvkit.testkit.hypervisor.DefinedMachinesContract;
import io.hvkit.testkit.hypervisor.DirectDownloadContract;
import io.hvkit.testkit.hypervisor.DiskBackupsContract;
import io.hvkit.testkit.hypervisor.EncryptedDisksContract;
import io.hvkit.testkit.hypervisor.GracefulStopContract;
import io.hvkit.testkit.hypervisor.GuestAgentContract;
import io.hvkit.testkit.hypervisor.HotPlugContract;
import io.hvkit.testkit.hypervisor.HypervisorContract;
import io.hvkit.testkit.hypervisor.HypervisorUnderTest;
import io.hvkit.testkit.hypervisor.LiveDiskMigrationContract;
import io.hvkit.testkit.hypervisor.LostConnectionContract;
import io.hvkit.testkit.hypervisor.LostKeysContract;
import io.hvkit.testkit.hypervisor.MachineControlContract;
import io.hvkit.testkit.hypervisor.MachineSnapshotsContract;
import io.hvkit.testkit.hypervisor.StatisticsContract;
import io.hvkit.testkit.libvirt.PrivateHostExtension;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** KVM keeps every contract, on a real libvirt host that all of them share. */
@Tag("every-java")
@Tag("drawn")
class KvmContractsIT {

    @RegisterExtension
    static final PrivateHostExtension HOST = PrivateHostExtension.perClass();

    @RegisterExtension
    static final GuestExtension GUEST = GuestExtension.shared();

    @TempDir
    private Path folder;

    private KvmJudged kvm() {
        return new KvmJudged(HOST.host(), HOST.host(), GUEST.guest(), folder);
    }

    @Nested
    class KvmHypervisor extends HypervisorContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return kvm();
        }
    }

    @Nested
    class KvmMachineControl extends MachineControlContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return kvm();
        }
    }

    @Nested
    class KvmGracefulStop extends GracefulStopContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return kvm();
        }
    }

    @Nested
    class KvmDefinedMachines extends DefinedMachinesContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return kvm();
        }
    }

    @Nested
    class KvmCloudInit extends CloudInitContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return kvm();
        }
    }

    @Nested
    class KvmHotPlug extends HotPlugContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return kvm();
        }

        @Override
        protected ByteSize sizeOf(Disk disk) {
            return KvmJudged.sizeOf(disk);
        }
    }

    @Nested
    class KvmEncryptedDisks extends EncryptedDisksContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return kvm();
        }

        @Override
        protected Disk encryptedDisk(VolumeId volume, Secret secret) throws InterruptedException {
            return kvm().encryptedDisk(volume, secret);
        }

        @Override
        protected String digest(Disk stored) {
            return KvmJudged.digest(stored);
        }
    }

    @Nested
    class KvmLostConnection extends LostConnectionContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return kvm();
        }

        @Override
        protected void cutOff(HostId host) throws InterruptedException {
            HOST.host().killDaemon();
        }

        @Override
        protected void reachAgain(HostId host) throws InterruptedException {
            HOST.host().startDaemon();
        }
    }

    @Nested
    class KvmLostKeys extends LostKeysContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return kvm();
        }

        @Override
        protected Disk encryptedDisk(VolumeId volume, Secret secret) throws InterruptedException {
            return kvm().encryptedDisk(volume, secret);
        }

        @Override
        protected void restart(HostId host) throws InterruptedException {
            HOST.host().killDaemon();
            HOST.host().startDaemon();
        }

        @Override
        protected int keysHeld(HostId host) throws InterruptedException {
            return TestHost.secrets(HOST.host()).size();
        }
    }

    @Nested
    class KvmGuestAgent extends GuestAgentContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return kvm();
        }
    }

    @Nested
    class KvmDiskBackups extends DiskBackupsContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return kvm();
        }

        @Override
        protected Disk filledDisk(VolumeId volume) throws InterruptedException {
            return kvm().filledDisk(volume);
        }

        @Override
        protected Disk emptyImage(VolumeId volume) throws InterruptedException {
            return kvm().image(volume, KvmJudged.SIZE);
        }

        @Override
        protected Disk largerImage(VolumeId volume) throws InterruptedException {
            return kvm().image(volume, KvmJudged.SIZE.plus(ByteSize.mebibytes(1)));
        }

        @Override
        protected ByteSize filledSize() {
            return KvmJudged.SIZE;
        }

        @Override
        protected boolean readAs(Disk disk, List<Disk> images) throws InterruptedException {
            return KvmJudged.readAs(disk, images);
        }

        @Override
        protected Optional<Disk> unfitDisk(VolumeId volume) throws InterruptedException {
            return Optional.of(kvm().disk(volume));
        }
    }

    @Nested
    class KvmChangeTracking extends ChangeTrackingContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return kvm();
        }

        @Override
        protected Disk trackableDisk(VolumeId volume) throws InterruptedException {
            return kvm().trackableDisk(volume);
        }

        @Override
        protected ByteSize trackableSize() {
            return KvmJudged.SIZE;
        }

        @Override
        protected Optional<Disk> untrackableDisk(VolumeId volume) throws InterruptedException {
            return Optional.of(kvm().disk(volume));
        }
    }

    @Nested
    class KvmStatistics extends StatisticsContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return kvm();
        }
    }

    @Nested
    class KvmDirectDownload extends DirectDownloadContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return kvm();
        }

        @Override
        protected Attachment newTarget(String name) {
            return new Attachment.ImageFile(folder.resolve(name));
        }
    }

    @Nested
    class KvmDiskMigration extends LiveDiskMigrationContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return kvm();
        }

        @Override
        protected Disk smallDisk(VolumeId volume) throws InterruptedException {
            return kvm().smallDisk(volume);
        }

        @Override
        protected Disk largerDisk(VolumeId volume) throws InterruptedException {
            return kvm().largerDisk(volume);
        }
    }

    @Nested
    class KvmSnapshots extends MachineSnapshotsContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return kvm();
        }

        @Override
        protected Disk overlay(VolumeId volume, Disk base) throws InterruptedException {
            return kvm().overlay(volume, base);
        }

        @Override
        protected Disk smallOverlay(VolumeId volume, Disk base) throws InterruptedException {
            return kvm().smallOverlay(volume, base);
        }

        @Override
        protected Disk usedOverlay(VolumeId volume, Disk base) throws InterruptedException {
            return kvm().usedOverlay(volume, base);
        }

        @Override
        protected Disk encryptedDisk(VolumeId volume, Secret secret) throws InterruptedException {
            return kvm().encryptedDisk(volume, secret);
        }

        @Override
        protected Disk encryptedOverlay(VolumeId volume, Disk base, Secret secret) throws InterruptedException {
            return kvm().encryptedOverlay(volume, base, secret);
        }
    }
}
