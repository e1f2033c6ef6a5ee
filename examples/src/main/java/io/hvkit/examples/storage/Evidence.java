package io.hvkit.examples.storage;

import io.hvkit.core.Secret;
import io.hvkit.examples.console.ProofTable;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.ConvertRequest;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import io.hvkit.testkit.guest.RecordCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What is looked at past the engine: the bytes of the volume. */
final class Evidence {

    private final Path work;
    private final ProofTable proofs;

    Evidence(Path work, ProofTable proofs) {
        this.work = work;
        this.proofs = proofs;
    }

    /** Each record that the guest saw acknowledged on its console must be on its disk. */
    void proveRecords(Path console, Path file, Secret key) throws InterruptedException, IOException {
        Path plain = work.resolve("check.raw");
        RecordCheck check = proofs.step("no acknowledged record is lost", () -> {
            QemuImg.probe(CommandRunner.local())
                    .convert(ConvertRequest.of(Image.luks(file).unlockedBy(key), Image.raw(plain))
                            .intoPlaintext());
            return RecordCheck.of(console, plain);
        });
        Files.delete(plain);
        proofs.require(
                check.holds(), "the power was cut; read with the key that catalog and master key give: " + check);
    }
}
