package io.hvkit.engine.internal.operation;

import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.engine.job.RecoveryReport;
import io.hvkit.engine.job.RecoveryReport.Finding;
import io.hvkit.engine.job.RecoveryReport.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One recovery: takes what nobody works on, all at once, and waits for it. */
final class Recovery {

    private interface Found {
        Optional<Finding> await() throws InterruptedException;
    }

    private final Operations operations;

    Recovery(Operations operations) {
        this.operations = operations;
    }

    RecoveryReport recover() throws InterruptedException {
        List<Found> found = new ArrayList<>();
        for (OperationRecord record : operations.open()) {
            found.add(operations.claiming(record.idempotencyKey(), () -> takeUp(record)));
        }
        List<Finding> findings = new ArrayList<>();
        for (Found each : found) {
            each.await().ifPresent(findings::add);
        }
        return new RecoveryReport(findings);
    }

    private Found takeUp(OperationRecord record) throws InterruptedException {
        if (operations.running(record.id()).isPresent()) {
            return said(record, Verdict.LEFT_ALONE, "it runs here");
        }
        Optional<Procedure<?, ?>> procedure = operations.procedure(record.kind());
        if (procedure.isEmpty()) {
            return said(record, Verdict.UNKNOWN_KIND, "this engine does not know what " + record.kind() + " is");
        }
        try {
            Execution<?, ?> execution = operations.takeUp(procedure.get(), record.id());
            return () -> Optional.of(finding(execution.await(Long.MAX_VALUE).orElseThrow()));
        } catch (DriverException e) {
            if (e.failure() == Failure.IN_USE) {
                return said(record, Verdict.LEFT_ALONE, Faults.of(e).message());
            }
            if (e.failure() == Failure.EXHAUSTED) {
                return said(record, Verdict.HALTED, Faults.of(e).message());
            }
            if (operations.read(record.id()).state().isEnded()) {
                return Optional::empty;
            }
            throw e;
        }
    }

    private static Found said(OperationRecord record, Verdict verdict, String explanation) {
        Finding finding = new Finding(record.id(), record.kind(), verdict, explanation, List.of());
        return () -> Optional.of(finding);
    }

    private static Finding finding(Parting parting) {
        OperationRecord record = parting.record();
        Optional<OperationRecord.Outcome> outcome = record.outcome();
        String reason = parting.fault()
                .or(() -> outcome.flatMap(OperationRecord.Outcome::failure))
                .map(OperationRecord.Fault::message)
                .orElse("");
        return new Finding(
                record.id(),
                record.kind(),
                verdict(parting),
                reason,
                outcome.map(OperationRecord.Outcome::leftovers).orElse(List.of()));
    }

    private static Verdict verdict(Parting parting) {
        return switch (parting.way()) {
            case ENDED ->
                parting.record().state() == OperationRecord.State.SUCCEEDED ? Verdict.FINISHED : Verdict.TAKEN_BACK;
            case HALTED, LET_GO -> Verdict.HALTED;
            case LOST -> Verdict.LEFT_ALONE;
        };
    }
}
