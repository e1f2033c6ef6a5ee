package io.hvkit.examples.storage;

import io.hvkit.core.Secret;
import io.hvkit.examples.console.ProofTable;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.ConvertRequest;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import io.hvkit.testkit.canary.Scan;
import io.hvkit.testkit.guest.RecordCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;

/** What is looked at past the engine: the bytes of the volume, and every place where a key could have been left. */
final class Evidence {

    private final Path work;
    private final Site site;
    private final ProofTable proofs;

    Evidence(Path work, Site site, ProofTable proofs) {
        this.work = work;
        this.site = site;
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

    /** A search proves nothing about processes that it could not look into. */
    void requireLookedInto(Scan running) throws InterruptedException {
        SortedSet<Long> ours = new TreeSet<>(site.node1().processes());
        ours.addAll(site.node2().processes());
        ours.add(ProcessHandle.current().pid());
        ours.retainAll(running.hiddenProcesses());
        if (!ours.isEmpty()) {
            throw new IllegalStateException("processes that may hold the key could not be looked into: " + ours);
        }
    }

    void proveNoKey(Scan scan) throws InterruptedException {
        proofs.step("no key is anywhere", () -> scan);
        proofs.require(
                scan.clean()
                        && scan.files() > 0
                        && scan.processes() > 0
                        && scan.unreadable().isEmpty(),
                "not in " + scan.files() + " files, those of the catalog too, nor in argv or environment of "
                        + scan.processes() + " processes while the guest wrote; found: " + scan.findings());
    }
}
