package io.hvkit.kvm;

import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.testkit.guest.GuestExtension;
import io.hvkit.testkit.hypervisor.HypervisorUnderTest;
import io.hvkit.testkit.hypervisor.LossCases;
import io.hvkit.testkit.hypervisor.LostAnswerContract;
import io.hvkit.testkit.hypervisor.LostMoveContract;
import io.hvkit.testkit.libvirt.DaemonRelay;
import io.hvkit.testkit.libvirt.PrivateHostExtension;
import io.hvkit.testkit.libvirt.TlsCertificates;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Calls to real libvirts, and their answers, are lost by relays in front of their sockets. */
@Tag("campaign")
@Tag("drawn")
class KvmLostAnswersIT {

    @RegisterExtension
    static final PrivateHostExtension LIBVIRT = PrivateHostExtension.perClass();

    @RegisterExtension
    static final PrivateHostExtension ANOTHER = PrivateHostExtension.perClass();

    @RegisterExtension
    static final GuestExtension GUEST = GuestExtension.shared();

    @TempDir
    private static Path folder;

    private static DaemonRelay relay;
    private static DaemonRelay relayOfAnother;

    @BeforeAll
    static void listen(@TempDir Path authority) throws InterruptedException {
        TlsCertificates certificates = TlsCertificates.in(authority);
        certificates.certify(LIBVIRT.host());
        certificates.certify(ANOTHER.host());
        relay = DaemonRelay.at(folder.resolve("relay.sock"), LIBVIRT.host());
        relayOfAnother = DaemonRelay.at(folder.resolve("another.sock"), ANOTHER.host());
    }

    @AfterAll
    static void end() {
        relay.close();
        relayOfAnother.close();
    }

    private static KvmJudged judged() {
        return new KvmJudged(LIBVIRT.host(), ANOTHER.host(), GUEST.guest(), folder);
    }

    private static HypervisorUnderTest relayed() {
        return new Relayed(judged(), folder.resolve("relay.sock"), folder.resolve("another.sock"));
    }

    private static boolean isFirst(HostId host) {
        return host.value().equals("contract");
    }

    private static DaemonRelay relayOf(HostId host) {
        return isFirst(host) ? relay : relayOfAnother;
    }

    private static void loseNext(HostId host, LossCases.Change change, LossCases.Lost what) {
        switch (what) {
            case CALL -> relayOf(host).loseCallOf(Set.of(procedure(change)));
            case ANSWER -> relayOf(host).loseReplyTo(Set.of(procedure(change)));
        }
    }

    private static int keysOf(HostId host) throws InterruptedException {
        return TestHost.secrets(isFirst(host) ? LIBVIRT.host() : ANOTHER.host()).size();
    }

    @Nested
    class KvmLostAnswers extends LostAnswerContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return relayed();
        }

        @Override
        protected void loseNext(HostId host, Change change, Lost what) {
            KvmLostAnswersIT.loseNext(host, change, what);
        }

        @Override
        protected int losses(HostId host) {
            return relayOf(host).lost();
        }

        @Override
        protected Disk encryptedDisk(VolumeId volume, Secret secret) throws InterruptedException {
            return judged().encryptedDisk(volume, secret);
        }

        @Override
        protected int keysHeld(HostId host) throws InterruptedException {
            return keysOf(host);
        }

        @Override
        protected Disk overlay(VolumeId volume, Disk base) throws InterruptedException {
            return judged().overlay(volume, base);
        }

        @Override
        protected Disk encryptedOverlay(VolumeId volume, Disk base, Secret secret) throws InterruptedException {
            return judged().encryptedOverlay(volume, base, secret);
        }

        @Override
        protected ByteSize sizeOf(Disk stored) {
            return KvmJudged.sizeOf(stored);
        }
    }

    @Nested
    class KvmLostMoves extends LostMoveContract {

        @Override
        protected HypervisorUnderTest underTest() {
            return relayed();
        }

        @Override
        protected void loseNext(HostId host, Change change, Lost what) {
            KvmLostAnswersIT.loseNext(host, change, what);
        }

        @Override
        protected int losses(HostId host) {
            return relayOf(host).lost();
        }

        @Override
        protected Disk encryptedDisk(VolumeId volume, Secret secret) throws InterruptedException {
            return judged().encryptedDisk(volume, secret);
        }

        @Override
        protected int keysHeld(HostId host) throws InterruptedException {
            return keysOf(host);
        }
    }

    /** Numbers of libvirt's remote protocol, which never change. */
    private static int procedure(LossCases.Change change) {
        return switch (change) {
            case START -> 10; // DOMAIN_CREATE_XML
            case START_REMEMBERED -> 9; // DOMAIN_CREATE
            case DEFINE -> 11; // DOMAIN_DEFINE_XML
            case STOP -> 234; // DOMAIN_DESTROY_FLAGS
            case ATTACH -> 160; // DOMAIN_ATTACH_DEVICE_FLAGS
            case DETACH -> 161; // DOMAIN_DETACH_DEVICE_FLAGS
            case RESIZE -> 251; // DOMAIN_BLOCK_RESIZE
            case MOVE_DISK -> 345; // DOMAIN_BLOCK_COPY
            case PIVOT -> 237; // DOMAIN_BLOCK_JOB_ABORT
            case SNAPSHOT -> 185; // DOMAIN_SNAPSHOT_CREATE_XML
            case MERGE -> 290; // DOMAIN_BLOCK_COMMIT
            case DEPART -> 305; // DOMAIN_MIGRATE_PERFORM3_PARAMS
            case ARRIVE -> 306; // DOMAIN_MIGRATE_FINISH3_PARAMS
        };
    }

    /** The same hosts, by their relays. */
    private record Relayed(KvmJudged host, Path socket, Path another) implements HypervisorUnderTest {

        @Override
        public HypervisorDriver driver() {
            return host.driver();
        }

        @Override
        public HypervisorType type() {
            return host.type();
        }

        @Override
        public Map<String, String> options() {
            return options(socket);
        }

        @Override
        public Map<String, String> optionsOfAnother() {
            return options(another);
        }

        private static Map<String, String> options(Path socket) {
            return Map.of("uri", "qemu+unix:///system?socket=" + socket, "migration-address", "127.0.0.1");
        }

        @Override
        public Disk disk(VolumeId volume) throws InterruptedException {
            return host.disk(volume);
        }

        @Override
        public Disk absentDisk() {
            return host.absentDisk();
        }

        @Override
        public MachineSpec listening(MachineSpec spec) {
            return host.listening(spec);
        }

        @Override
        public void awaitGuest(MachineSpec spec) throws InterruptedException {
            host.awaitGuest(spec);
        }
    }
}
