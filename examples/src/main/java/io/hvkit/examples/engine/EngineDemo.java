package io.hvkit.examples.engine;

import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.engine.HvKit;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.examples.console.ProofTable;
import io.hvkit.examples.engine.QuickStart.Offers;
import io.hvkit.testkit.canary.Scan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;

/**
 * Runs the {@link QuickStart} on real hosts under a guest that writes; {@link MachineLife} proves what comes of each step, and at the end everything
 * that could have been left is looked for.
 */
final class EngineDemo {

    /** What goes wrong on purpose, to see that the proofs notice. */
    enum Fault {
        /** Nothing. */
        NONE,
        /** Somebody leaves a file in a pool. */
        FORGOTTEN_FILE
    }

    private static final Duration GRACE = Duration.ofDays(7);

    private final Cloud cloud;
    private final ProofTable proofs;

    EngineDemo(Cloud cloud, ProofTable proofs) {
        this.cloud = cloud;
        this.proofs = proofs;
    }

    /**
     * Does all of it.
     *
     * @param fault what goes wrong on purpose
     * @param places where no key may be: folders and files
     */
    void run(Fault fault, List<Path> places) throws InterruptedException, IOException {
        MasterKeyFile.create(cloud.platform().masterKeys());
        try (HvKit hvkit = cloud.open(InstantSource.system());
                Evidence evidence = Evidence.of(cloud)) {
            MachineLife life = new MachineLife(cloud, hvkit, evidence, proofs);
            Offers offers = life.offer();
            TemplateRecord small = life.download();
            MachineRecord web = life.start(small, offers);
            life.grow(web);
            life.move(web);
            life.beRefused(web, small, offers);
            life.encryptData(web, offers);
            Scan running = evidence.inProcesses();
            TemplateRecord golden = life.capture(web);
            life.reinstall(web, golden, offers);
            life.rotate(web);
            running = running.and(evidence.inProcesses());
            life.count();
            life.delete(web, List.of(small, golden), offers);
            if (fault == Fault.FORGOTTEN_FILE) {
                Files.createFile(cloud.pool("away").resolve("forgotten.raw"));
            }
            proveNothingIsLeft(evidence);
            evidence.proveNoKey(proofs, running, places);
        }
    }

    /** Keys outlive what they opened for a while, so that a mistake can be undone; here that while goes by at once. */
    private void proveNothingIsLeft(Evidence evidence) throws InterruptedException {
        List<String> kept = evidence.auditor().keys();
        InstantSource later = InstantSource.offset(InstantSource.system(), GRACE.plusHours(1));
        try (HvKit hvkit = cloud.open(later)) {
            Remains remains = proofs.step("nothing is left behind", () -> {
                hvkit.keys().destroyUnneeded(GRACE);
                return Remains.of(cloud, hvkit);
            });
            List<String> destroyed = evidence.auditor().keys();
            boolean areGone = kept.equals(Collections.nCopies(kept.size(), "RETIRED and can be opened"))
                    && destroyed.equals(Collections.nCopies(kept.size(), "DESTROYED"));
            proofs.require(
                    remains.found().isEmpty() && areGone && !kept.isEmpty(),
                    "looked for: " + remains.places() + "; found: " + remains.found() + "; of " + kept.size()
                            + " keys, kept for a while after their volumes, all are destroyed: " + areGone);
        }
    }
}
