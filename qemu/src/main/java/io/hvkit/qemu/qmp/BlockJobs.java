package io.hvkit.qemu.qmp;

import java.util.List;
import java.util.Optional;

/**
 * The block jobs of a running qemu or qemu-storage-daemon. What is started here stays, with its error, until it is dismissed, and
 * changes nothing among the nodes before it is finalized, which {@link BlockJob#await} does. Safe for any number of threads.
 *
 * <p>When a start fails with effect {@code UNKNOWN}, the job may run: {@link #find} tells, if the request was named.
 */
public final class BlockJobs {

    private final QmpClient client;

    private BlockJobs(QmpClient client) {
        this.client = client;
    }

    /** Returns the jobs of the qemu at the other side; the connection is lent. */
    public static BlockJobs of(QmpClient client) {
        return new BlockJobs(client);
    }

    /**
     * Starts a copy.
     *
     * <p>Failures: {@code NOT_FOUND} if there is no such node, {@code IN_USE} if another job holds it, {@code EXISTS_DIFFERENTLY}
     * if a job has that name, {@code INVALID_REQUEST} if the source, or a layer below it, is encrypted and the target is not.
     * A target of another size makes the job itself fail.
     */
    public BlockJob mirror(MirrorRequest request) throws InterruptedException {
        if (!request.terms().allowPlaintext()) {
            PlaintextGuard.of(client).requireMirrorKeepsEncryption(request);
        }
        return start(request.command(), request.terms(), "mirror");
    }

    /**
     * Starts a write-back of layers of a chain.
     *
     * <p>Failures: as {@link #mirror} says; {@code INVALID_REQUEST} also if a layer above is encrypted and the one that is written
     * to is not.
     */
    public BlockJob commit(CommitRequest request) throws InterruptedException {
        if (!request.terms().allowPlaintext()) {
            PlaintextGuard.of(client).requireCommitKeepsEncryption(request);
        }
        return start(request.command(), request.terms(), "commit");
    }

    /** Starts making a file, or a format's structure on a node. */
    public BlockJob create(BlockCreateRequest request) throws InterruptedException {
        String id = request.terms().idOr("create");
        client.execute(request.command().with("job-id", id)); // these are never dismissed by themselves
        return new BlockJob(client, id);
    }

    /** Returns how all jobs stand, in qemu's order. */
    public List<JobStatus> list() throws InterruptedException {
        return list(client);
    }

    /** Returns a job by its name, whoever started it; nothing if there is none. */
    public Optional<BlockJob> find(String id) throws InterruptedException {
        return status(client, id).map(status -> new BlockJob(client, id));
    }

    static Optional<JobStatus> status(QmpClient client, String id) throws InterruptedException {
        return list(client).stream().filter(job -> job.id().equals(id)).findFirst();
    }

    private static List<JobStatus> list(QmpClient client) throws InterruptedException {
        return client.execute(QmpCommand.of("query-jobs")).items().stream()
                .map(JobStatus::of)
                .toList();
    }

    private BlockJob start(QmpCommand command, JobTerms terms, String kind) throws InterruptedException {
        String id = terms.idOr(kind);
        client.execute(
                terms.applyTo(command).with("job-id", id).off("auto-finalize").off("auto-dismiss"));
        return new BlockJob(client, id);
    }
}
