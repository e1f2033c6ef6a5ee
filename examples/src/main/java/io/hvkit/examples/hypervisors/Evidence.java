package io.hvkit.examples.hypervisors;

import io.hvkit.core.Sha256;
import io.hvkit.examples.console.ProofTable;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.ConvertRequest;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import io.hvkit.testkit.canary.Scan;
import io.hvkit.testkit.guest.RecordCheck;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** What is looked at once the machines have stopped: the bytes of their disks, and every place where a key could have been left. */
final class Evidence {

    private final Path work;
    private final ProofTable proofs;

    Evidence(Path work, ProofTable proofs) {
        this.work = work;
        this.proofs = proofs;
    }

    /** Each record that a guest saw acknowledged on its console must be on its disk. */
    void records(Path webConsole, Image moved, Path edgeConsole, Path fetched)
            throws InterruptedException, IOException {
        Path plain = work.resolve("check.raw");
        RecordCheck web = proofs.step("no acknowledged record is lost", () -> {
            QemuImg.probe(CommandRunner.local())
                    .convert(ConvertRequest.of(moved, Image.raw(plain)).intoPlaintext());
            return RecordCheck.of(webConsole, plain);
        });
        Files.delete(plain);
        RecordCheck edge = RecordCheck.of(edgeConsole, fetched);
        proofs.require(web.holds() && edge.holds(), "web " + web + "; edge " + edge);
    }

    /** Ours are the processes that could hold a key. All of them must have been looked into. */
    void noKey(Scan scan, Set<Long> ours) throws InterruptedException {
        proofs.step("no key is anywhere", () -> scan);
        boolean looked = scan.files() > 0
                && scan.unreadable().isEmpty()
                && !ours.isEmpty()
                && scan.hiddenProcesses().stream().noneMatch(ours::contains);
        proofs.require(
                scan.clean() && looked,
                "neither passphrase in " + scan.files() + " files nor in argv or environment of " + scan.processes()
                        + " processes; found: " + scan.findings());
    }

    static Sha256 digest(Path file) {
        try {
            return Sha256.of(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
