package io.hvkit.kvm;

import io.hvkit.core.HostId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.testkit.guest.GuestExtension;
import io.hvkit.testkit.hypervisor.HypervisorUnderTest;
import io.hvkit.testkit.hypervisor.LiveMigrationContract;
import io.hvkit.testkit.libvirt.PrivateHostExtension;
import io.hvkit.testkit.libvirt.TlsCertificates;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** KVM keeps the contract for moving machines, between two real libvirt hosts and over an encrypted wire. */
@Tag("drawn")
class KvmMigrationContractIT {

    @RegisterExtension
    static final PrivateHostExtension HOST = PrivateHostExtension.perClass();

    @RegisterExtension
    static final PrivateHostExtension ANOTHER = PrivateHostExtension.perClass();

    @RegisterExtension
    static final GuestExtension GUEST = GuestExtension.shared();

    @TempDir
    private Path folder;

    @BeforeAll
    static void certify(@TempDir Path authority) throws InterruptedException {
        TlsCertificates certificates = TlsCertificates.in(authority);
        certificates.certify(HOST.host());
        certificates.certify(ANOTHER.host());
    }

    private KvmJudged kvm() {
        return new KvmJudged(HOST.host(), ANOTHER.host(), GUEST.guest(), folder);
    }

    @Nested
    class KvmMigration extends LiveMigrationContract {

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

        @Override
        protected Disk encryptedDisk(VolumeId volume, Secret secret) throws InterruptedException {
            return kvm().encryptedDisk(volume, secret);
        }

        @Override
        protected int keysHeld(HostId host) throws InterruptedException {
            return TestHost.secrets(host.value().equals("contract") ? HOST.host() : ANOTHER.host())
                    .size();
        }
    }
}
