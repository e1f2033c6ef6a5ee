package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandResult;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.testkit.libvirt.PrivateHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/** An authority that lets hosts prove who they are while machines move between them. */
final class Certificates {

    private static final String CA = "ca-cert.pem";

    private final Path folder;

    private Certificates(Path folder) {
        this.folder = folder;
    }

    /** Makes an authority that keeps its key in a folder. */
    static Certificates made(Path folder) throws InterruptedException {
        Certificates made = new Certificates(folder);
        try {
            Files.createDirectories(folder);
            // The distribution's configuration adds extensions of its own.
            Files.writeString(folder.resolve("openssl.cnf"), "[req]\ndistinguished_name=name\n[name]\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        made.request(
                "ca-key.pem", CA, "an authority", "basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign");
        return made;
    }

    /** Gives a host a certificate for 127.0.0.1, in place of what it had. */
    void certify(PrivateHost host) throws InterruptedException {
        request(
                "key.pem",
                "cert.pem",
                "a host",
                "subjectAltName=IP:127.0.0.1",
                "basicConstraints=critical,CA:FALSE",
                "keyUsage=critical,digitalSignature",
                "extendedKeyUsage=serverAuth,clientAuth");
        copy(CA, host, CA);
        for (String role : List.of("server", "client")) {
            copy("cert.pem", host, role + "-cert.pem");
            copy("key.pem", host, role + "-key.pem");
        }
    }

    private void copy(String from, PrivateHost host, String to) {
        try {
            Files.copy(folder.resolve(from), host.certificates().resolve(to), StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void request(String key, String certificate, String name, String... extensions)
            throws InterruptedException {
        List<String> argv = new ArrayList<>(List.of(
                "openssl",
                "req",
                "-x509",
                "-config",
                folder.resolve("openssl.cnf").toString(),
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=" + name,
                "-keyout",
                folder.resolve(key).toString(),
                "-out",
                folder.resolve(certificate).toString()));
        if (!certificate.equals(CA)) {
            argv.addAll(List.of(
                    "-CA",
                    folder.resolve(CA).toString(),
                    "-CAkey",
                    folder.resolve("ca-key.pem").toString()));
        }
        for (String extension : extensions) {
            argv.addAll(List.of("-addext", extension));
        }
        CommandResult result = CommandRunner.local().run(Command.of(argv));
        assertThat(result.exitCode()).as(result.errors()).isZero();
    }
}
