package io.hvkit.vmware.internal.soap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.internal.Trust;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server shows its own certificate and that of who signed it. What is pinned is the first alone: the other signs for everybody. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PinnedChainTest {

    private static final String PASSWORD = "changeit";

    private static Certificate authority;
    private static Certificate leaf;
    private static SSLContext server;

    @BeforeAll
    static void sign(@TempDir Path folder) throws Exception {
        Path store = folder.resolve("store.p12");
        Path request = folder.resolve("leaf.csr");
        Path signed = folder.resolve("leaf.pem");
        keytool(store, "-genkeypair", "-keyalg", "EC", "-alias", "ca", "-dname", "CN=ca", "-ext", "bc=ca:true");
        keytool(store, "-genkeypair", "-keyalg", "EC", "-alias", "leaf", "-dname", "CN=esx");
        keytool(store, "-certreq", "-alias", "leaf", "-file", request.toString());
        keytool(
                store,
                "-gencert",
                "-alias",
                "ca",
                "-infile",
                request.toString(),
                "-outfile",
                signed.toString(),
                "-rfc");
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        authority = keys.getCertificate("ca");
        try (InputStream in = Files.newInputStream(signed)) {
            leaf = CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
        Key key = keys.getKey("leaf", PASSWORD.toCharArray());
        KeyStore shown = KeyStore.getInstance("PKCS12");
        shown.load(null, null);
        shown.setKeyEntry("leaf", key, PASSWORD.toCharArray(), new Certificate[] {leaf, authority});
        KeyManagerFactory manager = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        manager.init(shown, PASSWORD.toCharArray());
        server = SSLContext.getInstance("TLS");
        server.init(manager.getKeyManagers(), null, null);
    }

    private static void keytool(Path store, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-J-XX:TieredStopAtLevel=1"));
        command.addAll(List.of(arguments));
        command.addAll(List.of("-storetype", "PKCS12", "-keystore", store.toString(), "-storepass", PASSWORD));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
    }

    private static String digest(String algorithm, Certificate certificate) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(certificate.getEncoded()));
    }

    /** Returns how many certificates a client was shown that believes whom it talks to. */
    private static int shownTo(SSLContext client) throws Exception {
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try (SSLServerSocket listening = (SSLServerSocket)
                server.getServerSocketFactory().createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Future<?> serving = thread.submit(() -> {
                try (SSLSocket one = (SSLSocket) listening.accept()) {
                    one.startHandshake();
                    return one.getInputStream().read(); // until the client has gone
                }
            });
            try (SSLSocket socket = (SSLSocket)
                    client.getSocketFactory().createSocket(listening.getInetAddress(), listening.getLocalPort())) {
                socket.startHandshake();
                return socket.getSession().getPeerCertificates().length;
            } finally {
                serving.cancel(false);
            }
        } finally {
            thread.shutdownNow();
        }
    }

    private static void requireRefused(SSLContext client) {
        assertThatExceptionOfType(SSLException.class)
                .isThrownBy(() -> shownTo(client))
                .havingRootCause()
                .withMessageContaining("certificate has the");
    }

    @Test
    void the_pin_of_a_vcenter_is_that_of_its_own_certificate() throws Exception {
        assertThat(shownTo(Trust.pinned(digest("SHA-256", leaf)))).isEqualTo(2);
        requireRefused(Trust.pinned(digest("SHA-256", authority)));
    }

    @Test
    void the_thumbprint_of_a_host_is_that_of_its_own_certificate() throws Exception {
        assertThat(shownTo(LeafThumbprint.trusting(digest("SHA-1", leaf)))).isEqualTo(2);
        requireRefused(LeafThumbprint.trusting(digest("SHA-1", authority)));
    }
}
