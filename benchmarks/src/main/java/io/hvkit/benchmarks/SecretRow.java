package io.hvkit.benchmarks;

import io.hvkit.core.Secret;
import io.hvkit.kvm.internal.libvirt.BlockJobEvent;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtListener;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import io.hvkit.kvm.internal.libvirt.Route;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;

/** A secret defined, given its value, and removed again: over the connection that is there, or by three runs of virsh. */
final class SecretRow {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private SecretRow() {}

    static void measure(Bench bench, String uri) throws Exception {
        if (!bench.wants("define-secret")) {
            return;
        }
        UUID id = UUID.randomUUID();
        String xml = "<secret ephemeral='yes' private='yes'><uuid>" + id + "</uuid></secret>";
        Path definition = Files.writeString(bench.file("secret.xml"), xml, StandardCharsets.UTF_8);
        try (Secret key = Secret.random();
                Plain.KeyFile keyFile = Plain.KeyFile.of(key);
                LibvirtSession session = LibvirtSession.open(new Straight(uri), LIMIT, new Deaf())) {
            bench.row(
                    "define-secret",
                    Ways.of(() -> Way.timed(() -> session.change("define a secret", connection -> {
                                connection.setSecret(xml, key);
                                connection.removeSecret(id);
                                return id;
                            })))
                            .plain(() -> Plain.seconds("virsh", "-q", "-c", uri, "secret-define", definition.toString())
                                    + Plain.seconds(
                                            "virsh",
                                            "-q",
                                            "-c",
                                            uri,
                                            "secret-set-value",
                                            id.toString(),
                                            "--file",
                                            keyFile.path().toString(),
                                            "--plain")
                                    + Plain.seconds("virsh", "-q", "-c", uri, "secret-undefine", id.toString())));
        }
        Content.remove(definition);
    }

    private record Straight(String uri) implements Route {
        @Override
        public String open() {
            return uri;
        }

        @Override
        public void close() {}
    }

    /** Hears nothing. */
    private static final class Deaf implements LibvirtListener {
        @Override
        public void connected(LibvirtConnection connection) {}

        @Override
        public void blockJob(String domain, String disk, BlockJobEvent event) {}

        @Override
        public void stopped(String domain) {}

        @Override
        public void deviceChanged() {}

        @Override
        public void secretSet(UUID secret) {}

        @Override
        public void redescribed(UUID domain) {}
    }
}
