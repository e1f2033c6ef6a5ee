package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostFacts;
import io.hvkit.core.HostFeature;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.SshDestination;
import io.hvkit.qemu.SshRunner;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.testkit.endpoint.EndPointContract;
import io.hvkit.testkit.endpoint.EndPointUnderTest;
import io.hvkit.testkit.endpoint.ImagesContract;
import io.hvkit.testkit.endpoint.LuksContract;
import io.hvkit.testkit.ssh.LoopbackSshd;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Another machine, over ssh, keeps contracts of end points. What lies in its folder does not exist for this JVM. */
@Tag("every-java")
@Tag("drawn")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SshEndPointIT {

    private static final HostId HOST = new HostId("over-ssh");

    @TempDir
    private static Path work;

    private static LoopbackSshd sshd;
    private static SshRunner aside;

    @BeforeAll
    static void start() throws InterruptedException {
        sshd = LoopbackSshd.start(work);
        aside = CommandRunner.ssh(destination());
    }

    @AfterAll
    static void stop() {
        aside.close();
        sshd.close();
    }

    private static SshDestination destination() {
        return SshDestination.of("127.0.0.1")
                .port(sshd.port())
                .user("root")
                .identity(sshd.userKey())
                .knownHosts(sshd.knownHosts());
    }

    private static EndPointUnderTest remote() {
        return new JudgedEndPoint(() -> KvmEndPoint.over(HOST, destination()), aside, sshd.folder());
    }

    @Nested
    class RemoteHost extends EndPointContract {
        @Override
        protected EndPointUnderTest underTest() {
            return remote();
        }
    }

    @Nested
    class RemoteImages extends ImagesContract {
        @Override
        protected EndPointUnderTest underTest() {
            return remote();
        }
    }

    @Nested
    class RemoteLuks extends LuksContract {
        @Override
        protected EndPointUnderTest underTest() {
            return remote();
        }
    }

    @Test
    void the_uri_of_a_host_leads_to_its_programs_too() throws InterruptedException {
        URI uri = URI.create("qemu+ssh://root@127.0.0.1:" + sshd.port() + "/system?keyfile=" + sshd.userKey()
                + "&known_hosts=" + sshd.knownHosts());
        DiskImage image =
                DiskImage.at(new Attachment.ImageFile(sshd.folder().resolve("by-uri.qcow2")), ImageFormat.QCOW2);
        try (EndPoint endPoint = KvmEndPoint.at(HOST, uri)) {
            endPoint.images().create(image, ByteSize.mebibytes(1));
            assertThat(aside.files().status(image.attachment().requirePath()).holdsBytes())
                    .isTrue();
        } finally {
            aside.files().remove(image.attachment().requirePath());
        }
    }

    @Test
    void a_host_that_is_not_there_is_unreachable_at_the_first_call_and_not_before() {
        try (EndPoint endPoint = KvmEndPoint.over(HOST, destination().port(1))) {
            assertThatExceptionOfType(DriverException.class)
                    .isThrownBy(endPoint::probe)
                    .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.UNREACHABLE));
        }
    }

    @Test
    void a_connection_that_broke_is_made_anew_by_the_next_call() throws InterruptedException {
        try (EndPoint endPoint = KvmEndPoint.over(HOST, destination())) {
            endPoint.probe();
            sshd.breakConnections();

            assertThat(endPoint.probe().finding(HostFeature.VOLUME_ENCRYPTION).presence())
                    .isEqualTo(HostFacts.Presence.PRESENT);
        }
    }

    @Test
    void over_tls_no_program_is_run() {
        try (EndPoint endPoint = KvmEndPoint.at(HOST, URI.create("qemu+tls://node1/system"))) {
            assertThatExceptionOfType(DriverException.class)
                    .isThrownBy(endPoint::probe)
                    .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.HOST_NOT_READY))
                    .withMessageContaining("qemu+ssh");
        }
    }
}
