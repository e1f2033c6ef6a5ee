package io.hvkit.testkit.libvirt;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.testkit.internal.Program;
import io.hvkit.testkit.internal.Tool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Certificates for one host and its clients, made with openssl in a folder. The host's is for 127.0.0.1 and no other name. A client's
 * folder is laid out as libvirt's {@code pkipath} wants it.
 */
public final class TlsCertificates {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Tool OPENSSL = new Tool("openssl", "openssl", "openssl");

    private final Path folder;

    private TlsCertificates(Path folder) {
        this.folder = folder;
    }

    /**
     * Makes them.
     *
     * @param folder an empty folder
     * @throws DriverException with {@code HOST_NOT_READY} if openssl is missing, named with its package, or fails
     */
    public static TlsCertificates in(Path folder) throws InterruptedException {
        OPENSSL.require(Tool.searchPath());
        TlsCertificates made = new TlsCertificates(folder);
        try {
            made.authority("ca");
            made.authority("other-ca");
            made.signed("host", "extendedKeyUsage=serverAuth\nsubjectAltName=IP:127.0.0.1\n", "ca");
            made.signed("client", "extendedKeyUsage=clientAuth\n", "ca");
            made.signed("stranger", "extendedKeyUsage=clientAuth\n", "other-ca");
            made.lay(made.client(), "ca", "client");
            made.lay(made.clientOfAnotherAuthority(), "other-ca", "stranger");
            Files.createDirectory(made.clientWithoutCertificate());
            Files.copy(made.certificate("ca"), made.clientWithoutCertificate().resolve("cacert.pem"));
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the folder of a client whom the host trusts, and who trusts the host. */
    public Path client() {
        return folder.resolve("trusted");
    }

    /** Returns the folder of a client who belongs to somebody else: neither trusts the other. */
    public Path clientOfAnotherAuthority() {
        return folder.resolve("other");
    }

    /** Returns the folder of a client who trusts the host and cannot show who he is. */
    public Path clientWithoutCertificate() {
        return folder.resolve("nobody");
    }

    /** Gives a host what it shows, and believes, when machines move to it or away over an encrypted wire; in place of what it had. */
    public void certify(PrivateHost host) {
        Path place = host.certificates();
        try {
            replace(certificate("ca"), place.resolve("ca-cert.pem"));
            replace(certificate("host"), place.resolve("server-cert.pem"));
            replace(key("host"), place.resolve("server-key.pem"));
            replace(certificate("client"), place.resolve("client-cert.pem"));
            replace(key("client"), place.resolve("client-key.pem"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void replace(Path from, Path to) throws IOException {
        Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Returns the lines of libvirtd's configuration that make it listen for TLS on 127.0.0.1. */
    List<String> listening(int port) {
        return List.of(
                "listen_tls = 1",
                "listen_addr = \"127.0.0.1\"",
                "tls_port = \"" + port + "\"",
                "auth_tls = \"none\"",
                "ca_file = \"" + certificate("ca") + "\"",
                "cert_file = \"" + certificate("host") + "\"",
                "key_file = \"" + key("host") + "\"");
    }

    private void authority(String name) throws InterruptedException {
        openssl(
                "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2",
                "-subj",
                "/CN=" + name,
                "-keyout",
                key(name).toString(),
                "-out",
                certificate(name).toString());
    }

    private void signed(String name, String extensions, String authority) throws InterruptedException, IOException {
        Path request = folder.resolve(name + ".request");
        Path wanted = Files.writeString(folder.resolve(name + ".extensions"), extensions);
        openssl(
                "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes",
                "-subj",
                "/CN=" + name,
                "-keyout",
                key(name).toString(),
                "-out",
                request.toString());
        openssl(
                "x509 -req -days 2 -CAcreateserial",
                "-in",
                request.toString(),
                "-CA",
                certificate(authority).toString(),
                "-CAkey",
                key(authority).toString(),
                "-extfile",
                wanted.toString(),
                "-out",
                certificate(name).toString());
    }

    private void lay(Path target, String authority, String client) throws IOException {
        Files.createDirectory(target);
        Files.copy(certificate(authority), target.resolve("cacert.pem"));
        Files.copy(certificate(client), target.resolve("clientcert.pem"));
        Files.copy(key(client), target.resolve("clientkey.pem"));
    }

    private Path certificate(String name) {
        return folder.resolve(name + ".pem");
    }

    private Path key(String name) {
        return folder.resolve(name + ".key");
    }

    private void openssl(String words, String... more) throws InterruptedException {
        List<String> argv = new ArrayList<>(List.of("openssl"));
        argv.addAll(List.of(words.split(" ", -1)));
        argv.addAll(List.of(more));
        Program.Result result = Program.run(argv, folder.resolve("openssl.log"), LIMIT);
        if (result.exitCode() != 0) {
            throw DriverException.because(Failure.HOST_NOT_READY).message("%s: %s", argv, result.output());
        }
    }
}
