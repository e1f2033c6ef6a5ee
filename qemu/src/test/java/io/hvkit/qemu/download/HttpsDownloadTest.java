package io.hvkit.qemu.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Sha256;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Over HTTPS, whoever is not known is not believed. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class HttpsDownloadTest {

    private static final byte[] IMAGE = HttpDownloadTest.random(1 << 18);
    private static final char[] PASSWORD = "for a test".toCharArray();

    @TempDir
    Path folder;

    private HttpDownload download;
    private Path target;

    @BeforeEach
    void prepare() {
        download = HttpDownload.anywhere(folder).pausing(Duration.ofMillis(1)).trying(2);
        target = folder.resolve("template.raw");
    }

    @Test
    void a_server_whose_issuer_is_named_is_believed_and_no_other() throws Exception {
        Identity local = identity("localhost");
        Identity other = identity("elsewhere.example");
        try (ImageServer server = ImageServer.https(local.context).with("/image", IMAGE);
                ImageServer impostor = ImageServer.https(other.context).with("/image", IMAGE)) {
            assertThat(refuses(Failure.BAD_CREDENTIALS, download, server.uri("/image")))
                    .hasMessageContaining("trusting(...)");
            refuses(Failure.BAD_CREDENTIALS, download.trusting(other.certificate), server.uri("/image"));
            refuses(
                    Failure.BAD_CREDENTIALS,
                    download.trusting(other.certificate),
                    impostor.uri("/image")); // not its name
            assertThat(server.requests()).isEmpty();
            assertThat(impostor.requests()).isEmpty();

            fetch(download.trusting(local.certificate), server.uri("/image"));
        }
        assertThat(target).hasBinaryContent(IMAGE);
    }

    @Test
    void no_redirect_leaves_https() throws Exception {
        Identity local = identity("localhost");
        try (ImageServer plain = ImageServer.http().with("/image", IMAGE);
                ImageServer server = ImageServer.https(local.context)
                        .at("/out", exchange -> {
                            exchange.getResponseHeaders()
                                    .set("Location", plain.uri("/image").toString());
                            ImageServer.answer(exchange, 302, new byte[0]);
                        })
                        .at("/in", exchange -> {
                            exchange.getResponseHeaders().set("Location", "/image");
                            ImageServer.answer(exchange, 302, new byte[0]);
                        })
                        .with("/image", IMAGE)) {
            HttpDownload trusting = download.trusting(local.certificate);
            refuses(Failure.INVALID_REQUEST, trusting, server.uri("/out"));
            assertThat(plain.requests()).isEmpty();
            fetch(trusting, server.uri("/in"));
        }
        assertThat(target).hasBinaryContent(IMAGE);
    }

    @Test
    void a_server_without_tls_is_no_server() throws Exception {
        try (ImageServer plain = ImageServer.http().with("/image", IMAGE)) {
            URI address = URI.create(plain.uri("/image").toString().replace("http:", "https:"));
            refuses(Failure.UNREACHABLE, download.standingStill(Duration.ofMillis(200)), address);
        }
        assertThat(target).doesNotExist();
    }

    @Test
    void a_file_without_certificates_is_refused() throws Exception {
        Path text = Files.writeString(folder.resolve("ca.pem"), "hello");

        assertThat(catchThrowableOfType(DriverException.class, () -> download.trusting(text))
                        .failure())
                .isEqualTo(Failure.INVALID_REQUEST);
        assertThat(catchThrowableOfType(DriverException.class, () -> download.trusting(folder.resolve("absent")))
                        .failure())
                .isEqualTo(Failure.NOT_FOUND);
    }

    private record Identity(SSLContext context, Path certificate) {}

    /** Makes a key and a certificate that it signed itself. */
    private Identity identity(String host) throws Exception {
        Path store = folder.resolve(host + ".p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=" + host,
                        "-ext",
                        "san=dns:" + host,
                        "-alias",
                        "server",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        new String(PASSWORD))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(keytool.waitFor()).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD);
        }
        KeyManagerFactory manager = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        manager.init(keys, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(manager.getKeyManagers(), null, null);
        String text = Base64.getMimeEncoder()
                .encodeToString(keys.getCertificate("server").getEncoded());
        Path certificate = Files.writeString(
                folder.resolve(host + ".pem"),
                "-----BEGIN CERTIFICATE-----\n" + text + "\n-----END CERTIFICATE-----\n");
        return new Identity(context, certificate);
    }

    private void fetch(HttpDownload how, URI source) throws InterruptedException {
        how.fetch(source, Sha256.of(IMAGE), new Attachment.ImageFile(target));
    }

    private DriverException refuses(Failure failure, HttpDownload how, URI source) {
        DriverException e = catchThrowableOfType(DriverException.class, () -> fetch(how, source));
        assertThat(e).isNotNull();
        assertThat(e.failure()).as(e.toString()).isEqualTo(failure);
        return e;
    }
}
