"""The process that holds the model: protocol, server and client.

Blocking code (command line, batch, browser, tests) uses `worker.client.WorkerClient`::

    with WorkerClient() as worker:
        result = worker.segment(volume, settings, monitor, box)   # SegmentationResult, or raises a LightMError
        worker.probe(settings)                                    # Capabilities: device, backend, threads, ...
        worker.batch(source, target, settings, monitor, on_event) # BatchSummary
    worker.cancel()                                               # from another thread: CancelledError within a second

An event loop (the panel's ``QProcess``) owns the process itself and uses `worker.conversation.Conversation`, which
holds the whole state machine and never blocks::

    launch = worker_launch(worker_python(setting, slicer_python), environment=startup_environment)
    # start launch.command with launch.environment, then:
    talk = Conversation(send=process.write, listener=on_event)
    talk.segment(volume, settings, box)      # or probe(settings), batch(source, target, settings); one job at a time,
                                             # also before the process said hello; box: imaging.box.Box (k, j, i)
    talk.feed(bytes(process.readAllStandardOutput()))
    talk.feed_log(bytes(process.readAllStandardError()))
    talk.ended(returncode)                   # the process is gone: exit code, negative signal number or None
    talk.failed_to_start(reason)             # there never was a process
    talk.cancel()                            # then, if talk.state is State.CANCELLING after CANCEL_GRACE_SECONDS:
    end_process_tree({started_pid, talk.hello.pid if talk.hello else started_pid})

``on_event`` hears `Hello`, `Progress` (stage, done, total, fraction, seconds_left), `Logged`, `Idle`, in a batch
`BatchPlanned`, `CaseStarted` and `CaseFinished`, and exactly one end for each job: `Completed` (with a
`SegmentationResult`), `Probed`, `BatchFinished`, `ModelAdded` or `Failed` (code, stage, cause, advice, details). On
`Idle`, when no job is running, close the process's standard input: that ends it, as does closing it in the middle of a
job. After State.ENDED make a new process and a new `Conversation`.

Modules: `protocol` (messages), `codec` (their JSON), `conversation`, `client` and `worker_process`, `process_tree`,
`interpreter` (which Python), `failure` (exceptions as messages), `region` (of interest), `voxels`; in the worker
`server`, `jobs`, `job_monitor`, `engine`, `private_folder`, `standard_streams`. Nothing in here imports torch before a
job runs.
"""
