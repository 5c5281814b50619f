package redisstore

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/authsdk/authsdk-go/internal/oneline"
)

const (
	defaultPrefix   = "authsdk:"
	defaultPoolSize = 20
)

// errURL says nothing of the URL: of one that cannot be read, nobody knows
// where the password stands.
var errURL = errors.New("the URL must look like redis://USER:PASSWORD@HOST:PORT/0; " +
	"write what is special in the password as %XX")

// config is what a URL says: one of the three kinds of servers.
type config struct {
	prefix, where string

	single   *redis.Options
	failover *redis.FailoverOptions
	cluster  *redis.ClusterOptions
}

func parse(raw string) (*config, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "redis" && u.Scheme != "rediss" || u.Hostname() == "" {
		return nil, errURL
	}
	query := u.Query()
	if query.Has("password") {
		return nil, errors.New("a password in the query would stand in logs: write redis://USER:PASSWORD@HOST")
	}
	c := &config{prefix: cmp.Or(query.Get("prefix"), defaultPrefix), where: net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "6379"))}
	if strings.ContainsAny(c.prefix, "{}") {
		return nil, errors.New("prefix in the URL must be without { and }, which say to a Cluster what belongs together")
	}
	for _, name := range []string{"sentinel_auth", "cluster"} {
		if value := query.Get(name); value != "" && value != "true" && value != "false" {
			return nil, fmt.Errorf("%s in the URL must be true or false", name)
		}
	}
	both, clustered := query.Get("sentinel_auth") == "true", query.Get("cluster") == "true"
	for _, ours := range []string{"prefix", "sentinel_auth", "cluster"} {
		query.Del(ours)
	}
	bare := *u // without the password, which errors would quote
	bare.User, bare.RawQuery = nil, query.Encode()
	user := u.User.Username()
	password, _ := u.User.Password()
	switch {
	case query.Has("master_name"):
		if c.failover, err = redis.ParseFailoverURL(bare.String()); err == nil {
			c.failover.Username, c.failover.Password = user, password
			if both {
				c.failover.SentinelUsername, c.failover.SentinelPassword = user, password
			}
		}
	case clustered:
		if c.cluster, err = redis.ParseClusterURL(bare.String()); err == nil {
			c.cluster.Username, c.cluster.Password = user, password
		}
	default:
		if c.single, err = redis.ParseURL(bare.String()); err == nil {
			c.single.Username, c.single.Password = user, password
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", u.Redacted(), err)
	}
	return c, nil
}

// client makes no connection yet. A command is not sent again by itself:
// whether the first has been executed is not known, and a rotation that comes
// again can be a theft. A refused connection is an answer, and not tried again.
func (c *config) client() redis.UniversalClient {
	quiet := &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	const once, never, none = 1, -1, -1
	switch {
	case c.failover != nil:
		o := c.failover
		o.MaxRetries, o.DialerRetries, o.ContextTimeoutEnabled, o.DisableIdentity = never, once, true, true
		o.PoolSize, o.DialTimeout, o.PoolTimeout = cmp.Or(o.PoolSize, defaultPoolSize), atMost(o.DialTimeout), atMost(o.PoolTimeout)
		o.MaxActiveConns, o.PipelinePoolSize = cmp.Or(o.MaxActiveConns, o.PoolSize), none
		return redis.NewFailoverClient(o)
	case c.cluster != nil:
		o := c.cluster
		o.MaxRetries, o.DialerRetries, o.ContextTimeoutEnabled, o.DisableIdentity = never, once, true, true
		o.PoolSize, o.DialTimeout, o.PoolTimeout = cmp.Or(o.PoolSize, defaultPoolSize), atMost(o.DialTimeout), atMost(o.PoolTimeout)
		o.MaxActiveConns, o.PipelinePoolSize, o.MaintNotificationsConfig = cmp.Or(o.MaxActiveConns, o.PoolSize), none, quiet
		return redis.NewClusterClient(o)
	}
	o := c.single
	o.MaxRetries, o.DialerRetries, o.ContextTimeoutEnabled, o.DisableIdentity = never, once, true, true
	o.PoolSize, o.DialTimeout, o.PoolTimeout = cmp.Or(o.PoolSize, defaultPoolSize), atMost(o.DialTimeout), atMost(o.PoolTimeout)
	o.MaxActiveConns, o.PipelinePoolSize, o.MaintNotificationsConfig = cmp.Or(o.MaxActiveConns, o.PoolSize), none, quiet
	return redis.NewClient(o)
}

// atMost is a timeout that no call outlasts.
func atMost(d time.Duration) time.Duration {
	if d <= 0 || d > patience {
		return patience
	}
	return d
}

// explain makes one line of an error of Open: which server, what is wrong, and
// what to do where that is plain.
func (c *config) explain(err error) error {
	hint := ""
	switch text := err.Error(); {
	case strings.Contains(text, "NOAUTH"), strings.Contains(text, "WRONGPASS"):
		hint = "check user and password: "
	case strings.Contains(text, "cluster support disabled"):
		hint = "it is no Cluster, leave out cluster=true: "
	}
	return fmt.Errorf("redisstore: %s: %s%w", c.where, hint, oneline.Error(err))
}
