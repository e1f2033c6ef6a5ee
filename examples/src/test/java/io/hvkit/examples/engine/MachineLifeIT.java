package io.hvkit.examples.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.jdbc.JdbcCatalog;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.core.Sha256;
import io.hvkit.engine.HvKit;
import io.hvkit.engine.HvKitConfig;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.examples.console.ProofTable;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.kvm.DirectoryPoolDriver;
import io.hvkit.kvm.KvmDriver;
import io.hvkit.kvm.KvmEndPoint;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.testkit.hypervisor.ImageServer;
import io.hvkit.testkit.libvirt.PrivateHostExtension;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MachineLifeIT {

    private static final int SIZE = 16 << 20;

    @RegisterExtension
    static final PrivateHostExtension ONE = PrivateHostExtension.perClass();

    @RegisterExtension
    static final PrivateHostExtension TWO = PrivateHostExtension.perClass();

    @TempDir
    private Path folder;

    @Test
    void every_proof_holds_and_nothing_is_left() throws Exception {
        MasterKeyFile.create(folder.resolve("kek"));
        byte[] image = new byte[SIZE];
        new Random(7).nextBytes(image);
        ByteArrayOutputStream told = new ByteArrayOutputStream();
        ProofTable proofs = new ProofTable(new PrintStream(told, true, StandardCharsets.UTF_8));
        ImageServer server = ImageServer.of(() -> image);
        try (HvKit hvkit = engine()) {
            Town town = Town.of(hvkit, ONE.host(), TWO.host(), folder);
            MachineLife life = new MachineLife(hvkit, town, folder.resolve("console"), proofs);
            TemplateRecord small = life.download(server.uri(), Sha256.of(image));
            MachineRecord web = life.start(small);
            life.resize(web);
            life.move(web);
            TemplateRecord golden = life.capture(web);
            life.reinstall(web, golden);
            life.delete(web, List.of(small, golden));

            assertThat(MachineLife.filesIn(folder, town.fast(), town.big(), town.away()))
                    .isEmpty();
        } finally {
            server.stop();
        }
        assertThat(proofs.holds()).as(told.toString(StandardCharsets.UTF_8)).isTrue();
        assertThat(folder.resolve("staging")).isEmptyDirectory();
    }

    private HvKit engine() throws Exception {
        return HvKit.open(HvKitConfig.on(JdbcCatalog.file(folder.resolve("catalog.db")))
                .keysFrom(KeyProvider.file(folder.resolve("kek")))
                .stagingIn(Files.createDirectories(folder.resolve("staging")).toAbsolutePath())
                .endPointsFrom(host -> Optional.of(
                        KvmEndPoint.at(host.hostId(), URI.create(host.options().text("uri")))))
                .driversFrom(
                        HypervisorDrivers.of(List.of(new KvmDriver())),
                        StorageDrivers.of(List.of(new DirectoryPoolDriver()))));
    }
}
