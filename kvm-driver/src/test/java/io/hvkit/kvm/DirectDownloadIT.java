package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Sha256;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.DirectDownload;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.CreateRequest;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import io.hvkit.testkit.guest.GuestConsole;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** A host fetches what its machines run from. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DirectDownloadIT extends HostedTest {

    private static final ByteSize SIZE = ByteSize.mebibytes(16);

    private HttpServer server;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            try (exchange) {
                Path file = folder.resolve(exchange.getRequestURI().getPath().substring(1));
                exchange.sendResponseHeaders(200, Files.size(file));
                Files.copy(file, exchange.getResponseBody());
            }
        });
        server.start();
    }

    @AfterEach
    void stopServing() {
        server.stop(0);
    }

    @Test
    void a_guest_runs_from_an_image_that_its_host_fetched_and_a_repetition_brings_nothing() throws Exception {
        assertThat(host.hypervisor().features().offers(HypervisorFeature.DIRECT_DOWNLOAD))
                .isTrue();
        Path template = Files.write(folder.resolve("template"), new byte[(int) SIZE.bytes()]);
        Attachment place = new Attachment.ImageFile(folder.resolve("root.raw"));
        Sha256 digest = Sha256.of(Files.readAllBytes(template));

        ByteSize size = download().fetch(uri(template), digest, place);

        assertThat(size).isEqualTo(SIZE);
        Files.delete(template); // so that a second visit would find nothing
        assertThat(download().fetch(uri(template), digest, place)).isEqualTo(SIZE);
        Disk disk = Disk.of(new VolumeId("fetched"), place, ImageFormat.RAW);
        MachineSpec spec = host.spec(disk, WRITING);
        GuestConsole console = host.startWriting(spec, 32);
        assertThat(console.acknowledged()).isGreaterThanOrEqualTo(32);
        assertThat(host.stopAndCheck(spec, TestHost.image(disk)).holds()).isTrue();
    }

    @Test
    void an_image_that_leads_to_a_file_of_the_host_never_gets_there() throws Exception {
        Path secret = Files.write(folder.resolve("secret"), new byte[(int) SIZE.bytes()]);
        Path upload = folder.resolve("upload");
        QemuImg.probe(CommandRunner.local())
                .create(CreateRequest.of(Image.qcow2(upload).over(Image.raw(secret))));
        Path place = folder.resolve("root.qcow2");

        refuses(
                Failure.INVALID_REQUEST,
                () -> download()
                        .fetch(uri(upload), Sha256.of(Files.readAllBytes(upload)), new Attachment.ImageFile(place)));

        assertThat(place).doesNotExist();
    }

    private DirectDownload download() {
        return host.hypervisor().directDownload().orElseThrow();
    }

    private URI uri(Path file) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/" + file.getFileName());
    }
}
