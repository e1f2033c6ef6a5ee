package io.hvkit.examples.scaleio;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.examples.console.ProofTable;
import io.hvkit.examples.storage.KeyRing;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.ConvertRequest;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImageOptions;
import io.hvkit.qemu.QemuImg;
import io.hvkit.testkit.canary.Scan;
import io.hvkit.testkit.guest.RecordCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** What is looked at past the engine: the bytes of the volume, and every place where a key could have been left. */
final class FlexEvidence {

    private static final ByteSize FIRST = ByteSize.mebibytes(128); // the header, and all that the guest writes to

    private final Path work;
    private final Flex flex;
    private final ProofTable proofs;

    FlexEvidence(Path work, Flex flex, ProofTable proofs) {
        this.work = work;
        this.flex = flex;
        this.proofs = proofs;
    }

    /** Returns the id that is in the name of a device. */
    String idOnArray(Path device) {
        String name = device.getFileName().toString();
        return name.substring(name.lastIndexOf('-') + 1);
    }

    /** Each record that the guest saw acknowledged on its console must be on its disk, under the last key alone. */
    void proveRecords(Path console, Path device, KeyRing keys) throws InterruptedException, IOException {
        List<Boolean> opens = keys.open(device);
        Path plain = work.resolve("check.raw");
        RecordCheck check = proofs.step("no acknowledged record is lost", () -> {
            QemuImageOptions first =
                    QemuImageOptions.part(QemuImageOptions.blockDevice(device), ByteSize.bytes(0), FIRST);
            QemuImg.probe(CommandRunner.local())
                    .convert(ConvertRequest.of(
                                    Image.at(first, ImageFormat.LUKS).unlockedBy(keys.last()), Image.raw(plain))
                            .intoPlaintext());
            return RecordCheck.of(console, plain);
        });
        Files.delete(plain);
        boolean lastAlone = opens.lastIndexOf(true) == opens.size() - 1 && opens.indexOf(true) == opens.size() - 1;
        proofs.require(
                check.holds() && lastAlone,
                "the power was cut; which open the device, the arrays' password and then its keys: " + opens + "; "
                        + check);
    }

    /** A search proves nothing about processes that it could not look into. */
    void requireLookedInto(Scan running) throws InterruptedException {
        SortedSet<Long> ours = new TreeSet<>(flex.node1().processes());
        ours.add(ProcessHandle.current().pid());
        ours.retainAll(running.hiddenProcesses());
        if (!ours.isEmpty()) {
            throw new IllegalStateException("processes that may hold the key could not be looked into: " + ours);
        }
    }

    void proveNoKey(Scan scan) throws InterruptedException {
        proofs.step("no key is anywhere, nor the arrays' password", () -> scan);
        proofs.require(
                scan.clean()
                        && scan.files() > 0
                        && scan.processes() > 0
                        && scan.unreadable().isEmpty(),
                "not in " + scan.files() + " files, those of the catalog too, nor in argv or environment of "
                        + scan.processes() + " processes while the guest wrote; found: " + scan.findings());
    }
}
