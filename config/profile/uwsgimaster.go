package profile

// Options that bring uWSGI a master, whatever their value is, unless "master" itself is
// said: those with the flag UWSGI_OPT_MASTER in the tables of uWSGI 2.0.21 and of its
// plugins for Python, carbon, rrdtool and ZeroMQ. The first ones take no value.
const (
	uwsgiMasterFlags = "cheap daemons-honour-stdin enable-metrics log-master metric-dir-restore metrics-dir-restore metrics-no-cores stats-http stats-min stats-minified" +
		" stats-no-cores stats-no-metrics threaded-logger"

	uwsgiMasterValues = "alarm alarm-backlog alarm-fd alarm-listen-queue alarm-log alarm-lq alarm-metric alarm-segfault attach-control-daemon attach-daemon attach-daemon2" +
		" backlog-alarm brutal-reload-on-fd cache-store cache-udp-node cache-udp-server carbon cheaper cheaper-algo cheaper-initial cheaper-overload cheaper-" +
		" rss-limit-hard cheaper-rss-limit-soft cheaper-step check-interval check-mount check-mountpoint cron cron-legion cron2 evil-reload-on-as evil-reload-" +
		" on-rss exception-handler farm forkbomb-delay fs-brutal-reload fs-reload fs-signal idle legion legion-attach-daemon legion-cron legion-death legion-" +
		" death-on-lord-error legion-freq legion-join legion-lord legion-mcast legion-node legion-node-joined legion-node-left legion-quorum legion-scroll" +
		" legion-setup legion-skew-tolerance legion-smart-attach-daemon legion-smart-attach-daemon2 legion-tolerance legion-unlord listen-queue-alarm log-alarm" +
		" log-drain log-encoder log-filter log-maxsize log-req-encoder log-route log-socket log-syslog log-zeromq logger lq-alarm master-fifo metric metric-" +
		" alarm metric-dir metric-threshold metrics-dir mount-check mountpoint-check mule mule-msg-size mules multicast not-alarm-log not-log-alarm notify-" +
		" socket py-auto-reload py-auto-reload-ignore py-autoreload py-tracebacker python-auto-reload python-autoreload queue-store rbtimer reload-on-fd rrdtool" +
		" segfault-alarm setns-socket signal-rbtimer signal-timer smart-attach-daemon smart-attach-daemon2 spooler spooler-external st static-cache-paths" +
		" static-cache-paths-name stats stats-push stats-pusher-default-freq stats-pushers-default-freq stats-server subscribe subscribe-to subscribe-with-" +
		" modifier1 subscribe2 subscription-notify-socket subscriptions-credentials-check subscriptions-sign-check subscriptions-sign-check-tolerance" +
		" subscriptions-sign-skip-uid timer touch-chain-reload touch-exec touch-logreopen touch-logrotate touch-mules-reload touch-reload touch-signal touch-" +
		" spoolers-reload touch-workers-reload udp unique-cron unique-cron-legion unique-legion-cron zerg-server"
)

// impliesMaster says whether an option brings a master.
func impliesMaster(key string) bool {
	return listed(uwsgiMasterFlags, key) || listed(uwsgiMasterValues, key)
}
