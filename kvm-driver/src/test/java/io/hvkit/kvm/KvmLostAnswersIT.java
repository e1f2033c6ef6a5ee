package io.hvkit.kvm;

import io.hvkit.core.HostId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.testkit.guest.GuestExtension;
import io.hvkit.testkit.hypervisor.HypervisorUnderTest;
import io.hvkit.testkit.hypervisor.LostAnswerContract;
import io.hvkit.testkit.libvirt.DaemonRelay;
import io.hvkit.testkit.libvirt.PrivateHostExtension;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Answers of a real libvirt are lost by a relay in front of its socket, after the daemon has carried the call out. */
class KvmLostAnswersIT {

    @RegisterExtension
    static final PrivateHostExtension LIBVIRT = PrivateHostExtension.perClass();

    @RegisterExtension
    static final GuestExtension GUEST = GuestExtension.shared();

    @TempDir
    private static Path folder;

    private static DaemonRelay relay;

    @BeforeAll
    static void listen() {
        relay = DaemonRelay.at(folder.resolve("relay.sock"), LIBVIRT.host());
    }

    @AfterAll
    static void end() {
        relay.close();
    }

    @Nested
    class KvmLostAnswers extends LostAnswerContract {

        @Override
        protected HypervisorUnderTest underTest() {
            KvmJudged judged = new KvmJudged(LIBVIRT.host(), LIBVIRT.host(), GUEST.guest(), folder);
            return new Relayed(judged, folder.resolve("relay.sock"));
        }

        @Override
        protected void loseNextAnswer(HostId host, Change change) {
            relay.loseReplyTo(Set.of(procedure(change)));
        }

        @Override
        protected int answersLost(HostId host) {
            return relay.lost();
        }
    }

    /** Numbers of libvirt's remote protocol, which never change. */
    private static int procedure(LostAnswerContract.Change change) {
        return switch (change) {
            case START -> 10; // DOMAIN_CREATE_XML
            case START_REMEMBERED -> 9; // DOMAIN_CREATE
            case STOP -> 234; // DOMAIN_DESTROY_FLAGS
            case ATTACH -> 160; // DOMAIN_ATTACH_DEVICE_FLAGS
            case DETACH -> 161; // DOMAIN_DETACH_DEVICE_FLAGS
            case MOVE_DISK -> 345; // DOMAIN_BLOCK_COPY
        };
    }

    /** The same host, by the relay. */
    private record Relayed(KvmJudged host, Path socket) implements HypervisorUnderTest {

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
            return Map.of("uri", "qemu+unix:///system?socket=" + socket);
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
